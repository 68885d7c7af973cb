"""Why: the engine's own steps for one learner, from the same evidence, with words for each credit and refusal."""
