package org.lsradapt.spark;

import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.tasks.embeddings.TextEmbedder;

/** Embeds texts in datasets. Appends the embedding, a vector, of which {@code vector_to_array} makes an array. */
public final class LsrEmbedderModel extends LsrModel<LsrEmbedderModel> implements LsrEmbedderParams<LsrEmbedderModel> {
    private static final long serialVersionUID = 1L;

    static final Kind<LsrEmbedderModel> KIND = new Kind<>(
            LsrEmbedderModel.class,
            "lsrEmbedder",
            EmbeddingDescription.class,
            "embeddings",
            new Rows(false),
            LsrEmbedderModel::new);

    private LsrEmbedderModel(State state) {
        super(state);
    }

    @Override
    Kind<LsrEmbedderModel> kind() {
        return KIND;
    }

    /**
     * Creates a model from an adapter that was trained elsewhere, for example on one machine.
     *
     * @param folder a folder that {@link TextEmbedder#save} wrote, on any Hadoop file system
     * @throws IllegalArgumentException if the adapter is not one for embeddings
     * @throws UncheckedIOException if it cannot be read; the message names the file
     */
    public static LsrEmbedderModel ofFolder(String folder) {
        return KIND.ofFolder(folder);
    }

    /** Loads a model that {@code save} wrote. */
    public static LsrEmbedderModel load(String path) {
        return read().load(path);
    }

    /** A reader for a model that {@link #write} wrote. */
    public static MLReader<LsrEmbedderModel> read() {
        return KIND.reader();
    }

    /** Texts with embeddings. */
    record Rows(boolean queries) implements TaskRows {

        @Override
        public void declare(StageParams params) {
            params.text("textCol", "column of the text that the model embeds", "text");
            params.text("embeddingCol", "column of the embedding, a vector", "embedding");
            params.flag("queries", "whether the texts are queries, which some models read with another prefix");
        }

        @Override
        public List<StageColumn> scored() {
            return List.of(StageColumn.of("textCol", "text column", StageColumn.Kind.STRING));
        }

        @Override
        public List<Output> outputs(StructType schema, StageParams params) {
            return List.of(new Output("embeddingCol", SQLDataTypes.VectorType()));
        }

        @Override
        public TaskRows with(StageParams params) {
            return new Rows(params.value("queries"));
        }

        @Override
        public List<Object[]> score(Scorer scorer, List<Scorer.Input> inputs) {
            return scorer.byAdapter(TextEmbedder.class, inputs, this::embed);
        }

        private List<Object[]> embed(TextEmbedder model, List<Scorer.Input> inputs) {
            List<String> texts = inputs.stream().map(input -> input.text(0)).toList();
            return Arrays.stream(queries ? model.embedQueries(texts) : model.embed(texts))
                    .map(vector -> new Object[] {Vectors.dense(doubles(vector))})
                    .toList();
        }

        private static double[] doubles(float[] numbers) {
            double[] doubles = new double[numbers.length];
            for (int i = 0; i < doubles.length; i++) {
                doubles[i] = numbers[i];
            }
            return doubles;
        }
    }
}
