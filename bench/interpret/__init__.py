"""How near estimators of Shapley values come for the model calls that they spend, ours beside those of shap and shapiq.

Six suites of real models whose parts are few enough to evaluate every coalition: there the exact values are known.
"""
