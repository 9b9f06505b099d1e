package org.lsradapt.tasks.generation;

/** A text that a causal language model learns to write: a plain text or completion, or the answers of a conversation. */
public sealed interface TrainingText permits PromptCompletion, Conversation {}
