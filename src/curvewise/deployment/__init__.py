"""Deployments of fine-tuned models on Azure: planned, created, waited for, listed and removed.

The only code that speaks to Azure Resource Manager (ARM). It does so through the SDK of Azure, which is
imported when a connection is made.
"""
