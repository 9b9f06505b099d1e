package org.lsradapt.spark;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.description.ClassificationDescription;

/**
 * Classifies texts in datasets. Appends the logits and probabilities of the classes, and the index and name of the most
 * probable class.
 */
public final class LsrTextClassifierModel extends LsrModel<LsrTextClassifierModel>
        implements TextClassifierParams<LsrTextClassifierModel> {
    private static final long serialVersionUID = 1L;

    static final Kind<LsrTextClassifierModel> KIND = new Kind<>(
            LsrTextClassifierModel.class,
            "lsrTextClassifier",
            ClassificationDescription.class,
            "a classification",
            new Rows(),
            LsrTextClassifierModel::new);

    private LsrTextClassifierModel(State state) {
        super(state);
        stageParams().text("store", "folder of adapters by key, as LsrKeyedClassifier writes it; empty for none", "");
    }

    /**
     * The folder of adapters by key, as {@link LsrKeyedClassifier} writes it, on any Hadoop file system; empty, the default, for
     * none. Names in {@link #setAdapterCol} are then keys too; the trained adapter scores those without an adapter.
     */
    public LsrTextClassifierModel setStore(String value) {
        return setParam("store", value);
    }

    @Override
    Kind<LsrTextClassifierModel> kind() {
        return KIND;
    }

    /**
     * Creates a model from an adapter that was trained elsewhere, for example on one machine.
     *
     * @param folder an adapter's folder with its head, as {@code finetune} and
     *     {@link org.lsradapt.tasks.classification.TextClassifier#save} write it, on any Hadoop file system
     * @return a model with the base model that the folder names; see {@link #setModel}
     * @throws IllegalArgumentException if the adapter is not a classifier
     * @throws UncheckedIOException if it cannot be read; the message names the file
     */
    public static LsrTextClassifierModel ofFolder(String folder) {
        return KIND.ofFolder(folder);
    }

    /** Loads a model that {@code save} wrote. */
    public static LsrTextClassifierModel load(String path) {
        return read().load(path);
    }

    /** A reader for a model that {@link #write} wrote. */
    public static MLReader<LsrTextClassifierModel> read() {
        return KIND.reader();
    }

    @Override
    public StructType transformSchema(StructType schema) {
        Require.argument(
                isOfPairs() == stageParams().column("secondTextCol").isPresent(),
                "the model was trained on %s, expected %s secondTextCol",
                isOfPairs() ? "pairs" : "single texts",
                isOfPairs() ? "a" : "no");
        return super.transformSchema(schema);
    }

    /** Texts or pairs with their classes. */
    static final class Rows implements TaskRows {
        private static final long serialVersionUID = 1L;

        @Override
        public void declare(StageParams params) {
            params.text("textCol", "column of the text", "text");
            params.text("secondTextCol", "column of the second text of a pair; empty for single texts", "");
            params.text("predictionCol", "column of the index of the predicted class, a double", "prediction");
            params.text("rawPredictionCol", "column of the logits, a vector", "rawPrediction");
            params.text("probabilityCol", "column of the probabilities of the classes, a vector", "probability");
            params.text("predictedLabelCol", "column of the name of the predicted class", "predictedLabel");
        }

        @Override
        public List<StageColumn> scored() {
            return List.of(
                    StageColumn.of("textCol", "text column", StageColumn.Kind.STRING),
                    StageColumn.optional("secondTextCol", "second text column", StageColumn.Kind.STRING));
        }

        @Override
        public List<Output> outputs(StructType schema, StageParams params) {
            return List.of(
                    new Output("rawPredictionCol", SQLDataTypes.VectorType()),
                    new Output("probabilityCol", SQLDataTypes.VectorType()),
                    new Output("predictionCol", DataTypes.DoubleType),
                    new Output("predictedLabelCol", DataTypes.StringType));
        }

        @Override
        public List<Object[]> score(Scorer scorer, List<Scorer.Input> inputs) {
            double[][] outputs = scorer.outputs(inputs);
            List<Object[]> values = new ArrayList<>();
            for (int i = 0; i < outputs.length; i++) {
                values.add(values(
                        outputs[i], scorer.card(inputs.get(i).adapter()).task().labels()));
            }
            return values;
        }

        private static Object[] values(double[] logits, List<String> labels) {
            Classification scored = Classification.of(logits, labels);
            return new Object[] {
                Vectors.dense(logits),
                Vectors.dense(
                        scored.probabilities().stream().mapToDouble(p -> p).toArray()),
                (double) labels.indexOf(scored.label()),
                scored.label()
            };
        }
    }
}
