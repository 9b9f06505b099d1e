/**
 * What a model is fine-tuned on: the data, read from official files or from a user's own, and the metrics.
 *
 * <p>{@link org.lsradapt.tasks.Tasks} lists the official tasks: those of GLUE (tab-separated files), five of SuperGLUE
 * (JSON lines), and {@code wordnet}, real data that a Maven artifact carries, so that nothing has to be downloaded.
 * {@link org.lsradapt.tasks.OwnData} makes a task of a user's files or lists, {@link
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
 * <p>Depends on the JDK, SLF4J, Jackson (JSON lines), FastCSV (files with quoting) and extjwnl (WordNet), and of this
 * library on {@code images} (locations), {@code artifacts} and the mixing of seeds in {@code lsr.internal}.
 *
 * <p>Limits: a whole data set is held in memory; the unlabelled test files of the benchmarks are not read, and so no
 * submission files are written; of SuperGLUE the multi-sentence tasks MultiRC and ReCoRD are missing.
 */
package org.lsradapt.tasks;
