
REWARD_NAME = "ssl4rl"
REWARD_TYPE = "batch"


def compute_score(reward_inputs, **_settings):
    """The reward `overall`, in [0, 1], and beside it whether the answer is right as a whole and could be read."""
    scores = []
    for answered in reward_inputs:
        verdict = VERIFIER.verdict(answered["response"], answered["ground_truth"])
        parsed = float(verdict["parsed"] is not None)
        scores.append({"overall": verdict["score"], "accuracy": float(verdict["exact"]), "parsed": parsed})
    return scores
