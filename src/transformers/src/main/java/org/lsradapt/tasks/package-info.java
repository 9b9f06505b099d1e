/**
 * The data for fine-tuning models, and the metrics.
 *
 * <p>{@link org.lsradapt.data.LabelledData} makes a task from a user's files or lists, {@link org.lsradapt.data.PredictionInputs} are
 * texts to predict on, and {@link org.lsradapt.tasks.generation.LanguageModelData} reads texts for training next-token prediction.
 * {@link org.lsradapt.retrieval.PairData} and {@link org.lsradapt.retrieval.ScoredPairData} hold pairs of texts for training embeddings, and
 * {@link org.lsradapt.retrieval.RetrievalData} measures a search with them. {@link org.lsradapt.tasks.images.ImageData} and
 * {@link org.lsradapt.tasks.images.CaptionData} have image locations in place of texts. Each of them is a {@link org.lsradapt.data.Dataset}, or
 * reads one. A task has texts and numbers only: it neither tokenizes nor holds a model.
 *
 * <p>{@link org.lsradapt.tasks.description.TaskDescription} is what a model's outputs mean: a record per kind of task, which answers the questions of
 * saved files, model cards and heads.
 *
 * <p>Files are read strictly: a row dropped or shifted silently would change a result that nobody can check later. The tab-separated
 * files of GLUE have no quoting: a quote is an ordinary character. A user's own files are quoted as {@link org.lsradapt.data.DataFormat}
 * describes. Outside quotes, a line ends at a line feed, with or without a carriage return before it; in the formats with quoting, a lone
 * carriage return also ends a row. A byte-order mark and a missing final line feed are accepted. Unreadable input causes an
 * {@link java.io.IOException} that names the file, the line and the value.
 *
 * <p>{@code tasks.internal} holds the rules for texts and labels and the division of rows; {@code tasks.internal.files} reads files. This
 * package depends on these, the JDK and SLF4J, on {@code images} for image locations, and for descriptions on {@code io},
 * {@code families} and {@code objectives}. Published tasks are in the lab, as
 * {@code org.lsradapt.tasks.official}.
 *
 * <p>Limit: a whole data set is held in memory.
 */
package org.lsradapt.tasks;
