"""Services that run fine-tuning jobs: one module each, found by `curvewise.plugin.providers`.

Importing these modules is cheap: the SDKs are extras, and loaded when a connection is made.
"""
