package org.lsradapt.tasks.generation;

/**
 * A generated text and how it ended.
 *
 * @param text the text, without the prompt and without a stop string
 * @param promptTokens the number of tokens before it
 * @param tokens the number of generated tokens, without the end token
 * @param ended whether an end token or a stop string ended the text; otherwise the limit of tokens, or of the model's
 *     positions, cut it
 */
public record GeneratedText(String text, int promptTokens, int tokens, boolean ended) {}
