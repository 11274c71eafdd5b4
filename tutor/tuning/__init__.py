"""Fine-tunes the bundled language model to explain quotes: python -m tutor.tuning

`examples` makes what it learns from, in the very form that the prompt builder
makes, and `choosing` takes a part of it; `training` trains a low-rank adapter on
it, which `adapters` reads and writes; `judging` measures what the model writes
before any filter. `tutor.llm.adapter` puts the adapter to use.
"""
