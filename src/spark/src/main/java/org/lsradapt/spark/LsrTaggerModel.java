package org.lsradapt.spark;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.data.Offsets;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.tasks.tokens.FoundSpan;
import org.lsradapt.tasks.tokens.TokenClassifier;

/**
 * Labels words in datasets, and so finds names and other spans. To texts it appends their spans, an array of structs of
 * {@code start}, {@code end}, {@code label}, {@code score} and {@code text}; start and end count characters from 0 as
 * Spark's {@code substring} counts them from 1. To arrays of words it appends an array with a tag for each.
 */
public final class LsrTaggerModel extends LsrModel<LsrTaggerModel> implements LsrTaggerParams<LsrTaggerModel> {
    private static final long serialVersionUID = 1L;

    static final Kind<LsrTaggerModel> KIND = new Kind<>(
            LsrTaggerModel.class,
            "lsrTagger",
            TokensDescription.class,
            "tags of words",
            new Rows(),
            LsrTaggerModel::new);

    private LsrTaggerModel(State state) {
        super(state);
    }

    @Override
    Kind<LsrTaggerModel> kind() {
        return KIND;
    }

    /**
     * Creates a model from an adapter that was trained elsewhere, for example on one machine.
     *
     * @param folder a folder that {@link TokenClassifier#save} wrote, on any Hadoop file system
     * @throws IllegalArgumentException if the adapter is not one for tags of words
     * @throws UncheckedIOException if it cannot be read; the message names the file
     */
    public static LsrTaggerModel ofFolder(String folder) {
        return KIND.ofFolder(folder);
    }

    /** Loads a model that {@code save} wrote. */
    public static LsrTaggerModel load(String path) {
        return read().load(path);
    }

    /** A reader for a model that {@link #write} wrote. */
    public static MLReader<LsrTaggerModel> read() {
        return KIND.reader();
    }

    /** Texts with spans, or words with tags. */
    static final class Rows implements TaskRows {
        private static final long serialVersionUID = 1L;

        private static final StructType SPAN = new StructType()
                .add("start", DataTypes.IntegerType, false)
                .add("end", DataTypes.IntegerType, false)
                .add("label", DataTypes.StringType, false)
                .add("score", DataTypes.DoubleType, false)
                .add("text", DataTypes.StringType, false);

        @Override
        public void declare(StageParams params) {
            params.text("textCol", "column of the text, or of its words", "text");
            params.text("spansCol", "column of the spans of texts, an array of structs", "spans");
            params.text("tagsCol", "column of the tags of words, an array", "tags");
        }

        @Override
        public List<StageColumn> scored() {
            return List.of(StageColumn.of("textCol", "text column", StageColumn.Kind.STRING_OR_STRINGS));
        }

        @Override
        public List<Output> outputs(StructType schema, StageParams params) {
            boolean words = StageColumn.isStrings(
                    schema.apply(params.<String>value("textCol")).dataType());
            return List.of(
                    words
                            ? new Output("tagsCol", DataTypes.createArrayType(DataTypes.StringType, false))
                            : new Output("spansCol", DataTypes.createArrayType(SPAN, false)));
        }

        @Override
        public List<Object[]> score(Scorer scorer, List<Scorer.Input> inputs) {
            boolean words = inputs.get(0).values().get(0) instanceof List;
            return scorer.byAdapter(
                    TokenClassifier.class, inputs, (model, own) -> words ? tags(model, own) : spans(model, own));
        }

        private static List<Object[]> tags(TokenClassifier model, List<Scorer.Input> inputs) {
            return model.predictTags(inputs.stream().map(Scorer.Input::words).toList()).stream()
                    .map(tags -> new Object[] {tags.toArray(new String[0])})
                    .toList();
        }

        private static List<Object[]> spans(TokenClassifier model, List<Scorer.Input> inputs) {
            List<String> texts = inputs.stream().map(input -> input.text(0)).toList();
            List<List<FoundSpan>> found = model.predict(texts);
            return IntStream.range(0, texts.size())
                    .mapToObj(i -> new Object[] {
                        found.get(i).stream()
                                .map(span -> row(span, texts.get(i)))
                                .toArray(Row[]::new)
                    })
                    .toList();
        }

        private static Row row(FoundSpan span, String text) {
            return RowFactory.create(
                    Offsets.CODE_POINTS.ofIndex(text, span.start()),
                    Offsets.CODE_POINTS.ofIndex(text, span.end()),
                    span.label(),
                    span.score(),
                    span.text());
        }
    }
}
