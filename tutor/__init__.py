"""The course tutor: answers from a course's own documents, with evidence.

The stages, in the order a question meets them:

=============  ==========================================================
`documents`    files of a corpus become pages of light Markdown
`chunks`       pages become chunks that follow the document's structure
`embed`        texts become unit vectors
`index`        vectors, BM25 and passages, in a folder swapped atomically
`ingest`       keeps an index equal to its corpus
`retrieve`     question to hits
`evidence`     hits to word-for-word quotes; sentence support; coverage
`llm`          chat models, local or served
`answer`       the Tutor: one generator of events carries an answer
`cli`, `chat`  faces that draw those events
=============  ==========================================================
"""

__version__ = "0.1.0"
