"""Interfaces made of Interfaces: Parallel shows several answers to one input, Series passes an answer on."""
