/**
 * Pretrained models: finding their files, and mapping the files' names and orientations to the encoder's.
 *
 * <p>{@link org.lsradapt.models.Models#load} turns a name, a folder or a GGUF file into a
 * {@link org.lsradapt.models.PretrainedModel}: configuration, frozen weights under Hugging Face's names with linear
 * weights as [in, out], and the tokenizer they were trained with.
 *
 * <p>{@link org.lsradapt.models.MergedModel} goes the other way: base model, adapters and head as a Hugging Face
 * folder, or an embedding model as ONNX. {@link org.lsradapt.models.EmbeddingSettings} holds the settings from
 * sentence-transformers' files.
 *
 * <p>May depend on {@code lsr}, {@code transformer}, {@code objectives}, {@code families}, {@code images}, {@code io}
 * and Jackson; only {@code internal.tokenizers} may depend on ai.djl.huggingface:tokenizers.
 *
 * <p>Nothing is downloaded: models come from the class path, a folder or a file. The tokenizer library is told to stay
 * offline and not to report its use (by the system properties {@code ai.djl.offline} and {@code OPT_OUT_TRACKING},
 * unless they are already set).
 */
package org.lsradapt.models;
