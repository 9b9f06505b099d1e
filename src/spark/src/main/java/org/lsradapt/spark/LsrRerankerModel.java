package org.lsradapt.spark;

import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.tasks.description.RerankingDescription;

/** Scores in datasets how well passages answer queries, a pair in each row. Appends the score, a double. */
public final class LsrRerankerModel extends LsrModel<LsrRerankerModel> implements LsrRerankerParams<LsrRerankerModel> {
    private static final long serialVersionUID = 1L;

    static final Kind<LsrRerankerModel> KIND = new Kind<>(
            LsrRerankerModel.class,
            "lsrReranker",
            RerankingDescription.class,
            "a reranker",
            new Rows(),
            LsrRerankerModel::new);

    private LsrRerankerModel(State state) {
        super(state);
    }

    @Override
    Kind<LsrRerankerModel> kind() {
        return KIND;
    }

    /**
     * Creates a model from an adapter that was trained elsewhere, for example on one machine.
     *
     * @param folder a folder that {@link org.lsradapt.tasks.reranking.Reranker#save} wrote, on any Hadoop file system
     * @throws IllegalArgumentException if the adapter is not a reranker
     * @throws UncheckedIOException if it cannot be read; the message names the file
     */
    public static LsrRerankerModel ofFolder(String folder) {
        return KIND.ofFolder(folder);
    }

    /** Loads a model that {@code save} wrote. */
    public static LsrRerankerModel load(String path) {
        return read().load(path);
    }

    /** A reader for a model that {@link #write} wrote. */
    public static MLReader<LsrRerankerModel> read() {
        return KIND.reader();
    }

    /** Queries with passages. */
    static final class Rows implements TaskRows {
        private static final long serialVersionUID = 1L;

        @Override
        public void declare(StageParams params) {
            params.text("queryCol", "column of the query", "query");
            params.text("passageCol", "column of the passage", "passage");
            params.text("scoreCol", "column of the score, a double", "score");
        }

        @Override
        public List<StageColumn> scored() {
            return List.of(
                    StageColumn.of("queryCol", "query column", StageColumn.Kind.STRING),
                    StageColumn.of("passageCol", "passage column", StageColumn.Kind.STRING));
        }

        @Override
        public List<Output> outputs(StructType schema, StageParams params) {
            return List.of(new Output("scoreCol", DataTypes.DoubleType));
        }

        @Override
        public List<Object[]> score(Scorer scorer, List<Scorer.Input> inputs) {
            return Arrays.stream(scorer.outputs(inputs))
                    .map(outputs -> new Object[] {outputs[0]})
                    .toList();
        }
    }
}
