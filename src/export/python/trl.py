

def verified(completions, label, log_metric=None, **_columns):
    """The reward: scores in [0, 1]. Logs the shares of answers that are right as a whole and that could be read."""
    texts = [completion if isinstance(completion, str) else completion[-1]["content"] for completion in completions]
    verdicts = [VERIFIER.verdict(text, of_text) for text, of_text in zip(texts, label)]
    if log_metric and verdicts:
        log_metric("exact", sum(verdict["exact"] for verdict in verdicts) / len(verdicts))
        log_metric("parsed", sum(verdict["parsed"] is not None for verdict in verdicts) / len(verdicts))
    return [verdict["score"] for verdict in verdicts]


def dataset(part="train"):
    """The questions as a dataset, `train` or `held_out`, pictures decoded when they are asked for."""
    from datasets import Image, Sequence, load_dataset

    rows = load_dataset("json", data_files=str(FOLDER / f"{part}.jsonl"), split="train")
    return rows.cast_column("images", Sequence(Image())) if "images" in rows.column_names else rows
