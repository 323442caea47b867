

def compute_score(data_source, solution_str, ground_truth, extra_info=None, **_settings):
    """The reward `score`, in [0, 1], and beside it whether the answer is right as a whole and could be read."""
    verdict = VERIFIER.verdict(solution_str, ground_truth)
    return {
        "score": verdict["score"],
        "exact": float(verdict["exact"]),
        "parsed": float(verdict["parsed"] is not None),
    }
