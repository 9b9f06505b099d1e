/**
 * The data that models are fine-tuned on, and the metrics.
 *
 * <p>{@link org.lsradapt.tasks.OwnData} makes a task of a user's files or lists, {@link
 * org.lsradapt.tasks.PredictionInputs} reads texts to predict on, and {@link org.lsradapt.tasks.LanguageModelData}
 * texts to train next-token prediction on. {@link org.lsradapt.tasks.PairData} and {@link
 * org.lsradapt.tasks.ScoredPairData} are pairs of texts to train embeddings on, and {@link
 * org.lsradapt.tasks.RetrievalData} is what a search with them is measured on. {@link org.lsradapt.tasks.ImageData} and {@link
 * org.lsradapt.tasks.CaptionData} have the locations of images in place of texts. A task knows texts and numbers only: it
 * neither tokenizes nor holds a model.
 *
 * <p>Files are read strictly, since a row that is dropped or shifted in silence changes a result that nobody can check
 * later. The tab-separated files of GLUE have no quoting: a quote is an ordinary character. A user's own are quoted as
 * {@link org.lsradapt.tasks.DataFormat} says. Outside of quotes lines end at a line feed, with or without a carriage
 * return before it; in the formats with quoting, a lone carriage return ends a row too. A byte-order mark and a
 * missing final line feed are accepted. What cannot be read ends with an {@link java.io.IOException} that names file,
 * line and value.
 *
 * <p>{@code tasks.internal} has what texts and labels may be and how rows are divided, {@code tasks.internal.files} what reads
 * files. Depends on these, the JDK and SLF4J, and on {@code images} for the
 * locations of pictures. Published tasks are in the lab, as {@code org.lsradapt.tasks.official}.
 *
 * <p>Limits: a whole data set is held in memory.
 */
package org.lsradapt.tasks;
