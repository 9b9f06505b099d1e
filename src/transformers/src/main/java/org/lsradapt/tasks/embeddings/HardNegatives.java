package org.lsradapt.tasks.embeddings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.TextPair;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.retrieval.Hit;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.retrieval.NegativeMining;

/**
 * Queries with the passages that answer them, and hard negatives: passages that an embedder finds for them and that do
 * not answer them. They teach a reranker, or another embedder, more than random passages.
 *
 * <pre>{@code
 * NegativeMining settings = NegativeMining.builder().negatives(5).firstRank(10).lastRank(50).relativeMargin(0.05).build();
 * HardNegatives mined = HardNegatives.mine(embedder, pairs, passages, settings);
 * Reranker reranker = Reranker.on("minilm").train(mined.judged());
 * }</pre>
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class HardNegatives {
    private final List<Query> queries;
    private final int wanted;

    /**
     * A query with its passages. All lists are copied.
     *
     * @param positives the passages that answer it, with their cosines
     * @param negatives passages that do not answer it, the most similar first; possibly fewer than requested, or none
     */
    public record Query(String query, List<Passage> positives, List<Passage> negatives) {
        /** Copies the lists. */
        public Query {
            positives = List.copyOf(positives);
            negatives = List.copyOf(negatives);
        }
    }

    /**
     * A passage of a query.
     *
     * @param cosine the cosine of its embedding and the query's
     */
    public record Passage(String text, float cosine) {}

    /** The form of a file's rows, as named by sentence-transformers. */
    public enum Form {
        /** A query, a positive and a negative. */
        TRIPLET("triplet"),
        /** A query, a positive, and the requested number of negatives; without the queries that have fewer. */
        TUPLE("n-tuple"),
        /** A query, a passage, and 1 or 0. */
        LABELED_PAIR("labeled-pair"),
        /** A query, an array of passages, and an array of 1 and 0; a row for each positive of a query with negatives. */
        LABELED_LIST("labeled-list");

        private final String label;

        Form(String label) {
            this.label = label;
        }

        /** The form's name on the command line. */
        public String label() {
            return label;
        }
    }

    private HardNegatives(List<Query> queries, int wanted) {
        this.queries = List.copyOf(queries);
        this.wanted = wanted;
    }

    /**
     * Finds hard negatives.
     *
     * @param encoder embeds queries and passages
     * @param pairs queries with passages that answer them. Equal queries are one query with all their positives. No
     *     positive becomes a negative, nor does a passage that differs from the query or a positive only in white space
     *     or case. Negatives that the pairs already have are not read.
     * @param corpus more passages to search, in addition to the positives of all pairs
     * @param settings which passages become negatives
     * @return the queries in the order in which they first appear
     */
    public static HardNegatives mine(
            TextEncoder encoder, List<TextPair> pairs, List<String> corpus, NegativeMining settings) {
        Require.argument(!pairs.isEmpty(), "hard negatives: there are no pairs, expected one at least");
        Map<String, Integer> rows = new LinkedHashMap<>();
        Stream.concat(corpus.stream(), pairs.stream().map(TextPair::positive))
                .forEach(text -> rows.putIfAbsent(text, rows.size()));
        Map<String, Set<Integer>> positives = new LinkedHashMap<>();
        pairs.forEach(pair -> positives
                .computeIfAbsent(pair.anchor(), query -> new LinkedHashSet<>())
                .add(rows.get(pair.positive())));
        List<String> texts = List.copyOf(rows.keySet());
        List<String> asked = List.copyOf(positives.keySet());
        List<NegativeMining.Mined> mined = settings.mine(
                encoder.embedQueries(asked),
                encoder.embed(texts),
                positives.values().stream().map(List::copyOf).toList(),
                copies(positives, texts));
        List<Query> queries = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            queries.add(new Query(
                    asked.get(i),
                    passages(mined.get(i).positives(), texts),
                    passages(mined.get(i).negatives(), texts)));
        }
        return new HardNegatives(queries, settings.negatives());
    }

    /**
     * For each query the rows of texts that equal the query or a positive up to white space and case, without the
     * positives themselves.
     */
    private static List<Set<Integer>> copies(Map<String, Set<Integer>> positives, List<String> texts) {
        Map<String, List<Integer>> rows = new HashMap<>();
        for (int row = 0; row < texts.size(); row++) {
            rows.computeIfAbsent(normalized(texts.get(row)), text -> new ArrayList<>())
                    .add(row);
        }
        List<Set<Integer>> copies = new ArrayList<>();
        positives.forEach((query, answers) ->
                copies.add(Stream.concat(Stream.of(query), answers.stream().map(texts::get))
                        .flatMap(text -> rows.getOrDefault(normalized(text), List.of()).stream())
                        .filter(row -> !answers.contains(row))
                        .collect(Collectors.toSet())));
        return copies;
    }

    private static String normalized(String text) {
        return text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }

    private static List<Passage> passages(List<Hit> hits, List<String> texts) {
        return hits.stream()
                .map(hit -> new Passage(texts.get(hit.document()), hit.score()))
                .toList();
    }

    /**
     * Leaves out negatives that a teacher scores as high as a positive of their query: they may be answers that were not
     * marked.
     *
     * @param teacher scores passages for a query, such as {@code reranker::score}
     * @return the same queries with the other negatives
     */
    public HardNegatives confirmedBy(BiFunction<String, List<String>, double[]> teacher) {
        List<Query> confirmed = new ArrayList<>();
        for (Query query : queries) {
            double[] positives = teacher.apply(query.query(), texts(query.positives()));
            double least = Arrays.stream(positives).min().orElse(Double.POSITIVE_INFINITY);
            double[] negatives = teacher.apply(query.query(), texts(query.negatives()));
            confirmed.add(new Query(
                    query.query(),
                    query.positives(),
                    IntStream.range(0, negatives.length)
                            .filter(i -> negatives[i] < least)
                            .mapToObj(query.negatives()::get)
                            .toList()));
        }
        return new HardNegatives(confirmed, wanted);
    }

    private static List<String> texts(List<Passage> passages) {
        return passages.stream().map(Passage::text).toList();
    }

    /** The queries, each once. */
    public List<Query> queries() {
        return queries;
    }

    /** The total number of negatives. */
    public int count() {
        return queries.stream().mapToInt(query -> query.negatives().size()).sum();
    }

    /** The number of queries with fewer negatives than requested. */
    public int incomplete() {
        return (int) queries.stream()
                .filter(query -> query.negatives().size() < wanted)
                .count();
    }

    /**
     * The training data of a reranker: each query with all its passages, of grade 1 and 0, without the queries that
     * have no negative.
     */
    public List<JudgedQuery> judged() {
        return queries.stream()
                .filter(query -> !query.negatives().isEmpty())
                .map(query -> {
                    List<String> texts = Stream.concat(query.positives().stream(), query.negatives().stream())
                            .map(Passage::text)
                            .toList();
                    int answers = query.positives().size();
                    List<Double> grades = IntStream.range(0, texts.size())
                            .mapToObj(i -> i < answers ? 1.0 : 0.0)
                            .toList();
                    return new JudgedQuery(query.query(), texts, grades, List.of());
                })
                .toList();
    }

    /** The training data of an embedder: a pair for each positive, with all negatives of its query. */
    public List<TextPair> pairs() {
        return queries.stream()
                .flatMap(query -> query.positives().stream()
                        .map(positive -> new TextPair(
                                query.query(),
                                positive.text(),
                                query.negatives().stream().map(Passage::text).toList())))
                .toList();
    }

    /**
     * Writes a file of JSON lines.
     *
     * @param file the file; replaced as a whole
     * @param positive the field of the positive; passages with labels are in the field "passage", their labels in "label"
     * @param scores whether rows also have the cosines, in the field "scores": the positives' before the negatives'
     * @return the number of rows
     * @throws IOException if the file cannot be written
     */
    public int write(Path file, Form form, String query, String positive, boolean scores) throws IOException {
        StringBuilder lines = new StringBuilder();
        int count = 0;
        for (Map<String, Object> row : rows(form, query, positive, scores)) {
            lines.append(JsonFile.line(row)).append('\n');
            count++;
        }
        AtomicFile.write(file, lines.toString().getBytes(StandardCharsets.UTF_8));
        return count;
    }

    List<Map<String, Object>> rows(Form form, String query, String positive, boolean scores) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Query one : queries) {
            BiConsumer<Map<String, Object>, Object> add = (fields, cosines) -> {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put(query, one.query());
                row.putAll(fields);
                if (scores) {
                    row.put("scores", cosines);
                }
                rows.add(row);
            };
            if (form == Form.LABELED_PAIR) {
                one.positives().forEach(passage -> add.accept(labeled(passage.text(), 1), passage.cosine()));
                one.negatives().forEach(passage -> add.accept(labeled(passage.text(), 0), passage.cosine()));
                continue;
            }
            for (Passage answer : one.positives()) {
                List<Passage> all = Stream.concat(Stream.of(answer), one.negatives().stream())
                        .toList();
                List<Float> cosines = all.stream().map(Passage::cosine).toList();
                switch (form) {
                    case TRIPLET ->
                        one.negatives().forEach(negative -> {
                            Map<String, Object> fields = fields(positive, answer.text());
                            fields.put("negative", negative.text());
                            add.accept(fields, List.of(answer.cosine(), negative.cosine()));
                        });
                    case TUPLE -> {
                        if (one.negatives().size() == wanted) {
                            Map<String, Object> fields = fields(positive, answer.text());
                            for (int i = 1; i <= wanted; i++) {
                                fields.put("negative_" + i, all.get(i).text());
                            }
                            add.accept(fields, cosines);
                        }
                    }
                    default -> {
                        if (!one.negatives().isEmpty()) {
                            List<Integer> labels = IntStream.range(0, all.size())
                                    .mapToObj(i -> i == 0 ? 1 : 0)
                                    .toList();
                            add.accept(labeled(all.stream().map(Passage::text).toList(), labels), cosines);
                        }
                    }
                }
            }
        }
        return rows;
    }

    private static Map<String, Object> fields(String name, Object value) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(Objects.requireNonNull(name, "positive"), value);
        return fields;
    }

    private static Map<String, Object> labeled(Object passage, Object label) {
        Map<String, Object> fields = fields("passage", passage);
        fields.put("label", label);
        return fields;
    }
}
