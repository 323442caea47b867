

def completion_of(query, prompt):
    """What follows the prompt. Decoding may give its blanks back in another way, and pictures as other marks."""
    places = [place for place, character in enumerate(query) if not character.isspace()]
    without_blanks, prompt = "".join(query.split()), "".join(prompt.split())
    if without_blanks.startswith(prompt):
        end = len(prompt)
    else:
        # Questions of solved examples may end as the last one does, and the completion may repeat it.
        tail, end = prompt[-64:], 0
        for _ in range(prompt.count(tail)):
            found = without_blanks.find(tail, end)
            end = found + len(tail) if found >= 0 else end
        if not end:
            raise ValueError(f"the query does not hold the end of its prompt, {tail!r}")
    return query[places[end - 1] + 1 :] if end else query


def reward_func(queries, prompts, labels, **_settings):
    """Rewards in [0, 1], and beside them the shares of answers that are right as a whole and that could be read."""
    import torch

    completions = [completion_of(query, prompt) for query, prompt in zip(queries, prompts)]
    verdicts = [VERIFIER.verdict(completion, label) for completion, label in zip(completions, labels)]
    scores = torch.tensor([verdict["score"] for verdict in verdicts])
    exact = torch.tensor([float(verdict["exact"]) for verdict in verdicts])
    parsed = torch.tensor([float(verdict["parsed"] is not None) for verdict in verdicts])
    return {"rewards": scores, "scores": scores, "extra_logs": {"exact": exact, "parsed": parsed}}
