package org.lsradapt.tasks;

/** The text that a causal language model learns to write: a text, or the answers of a conversation. */
public sealed interface TrainingText permits PromptCompletion, Conversation {}
