//! Self-supervised reinforcement learning for language models.
