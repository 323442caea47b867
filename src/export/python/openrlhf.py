

def completion_of(query, prompt):
    """What follows the prompt. Where decoding did not give all of the prompt back, its end is looked for."""
    if query.startswith(prompt):
        return query[len(prompt) :]
    end = prompt[-64:]
    before, found, completion = query.partition(end)
    if not found:
        raise ValueError(f"the query does not hold the end of its prompt, {end!r}")
    return completion


def reward_func(queries, prompts, labels, **_settings):
    """Rewards in [0, 1], and beside them the shares of answers that are right as a whole and that could be read."""
    import torch

    completions = [completion_of(query, prompt) for query, prompt in zip(queries, prompts)]
    verdicts = [VERIFIER.verdict(completion, label) for completion, label in zip(completions, labels)]
    scores = torch.tensor([verdict["score"] for verdict in verdicts])
    exact = torch.tensor([float(verdict["exact"]) for verdict in verdicts])
    parsed = torch.tensor([float(verdict["parsed"] is not None) for verdict in verdicts])
    return {"rewards": scores, "scores": scores, "extra_logs": {"exact": exact, "parsed": parsed}}
