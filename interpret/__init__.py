"""Explanations of predictions: which parts of the inputs raised or lowered the score, by Shapley values.

An explanation is a cooperative game (Shapley 1953; Lundberg and Lee 2017): the players are the parts of all inputs,
a coalition is a choice of the parts that are present, absent parts are replaced by a baseline, and the payoff is the
score of what is explained. Knows numpy and nothing of ours; nothing here keeps state between calls.
"""
