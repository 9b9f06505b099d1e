import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.LabelledData;
import org.lsradapt.tasks.classification.KeyParts;
import org.lsradapt.tasks.official.Tasks;

/** Users who call WordNet's definitions otherwise than a convention does; see {@link Users}. */
final class ConstructedUsers implements Population {
    private static final int USERS = 8;
    private static final int OTHERS = 40;
    private static final int SHARED_ROWS = 2_000;
    private static final int TRAIN = 100;
    private static final int TEST = 100;
    private static final List<String> NEEDS = List.of("folders", "none", "words", "similar");
    private static final List<List<String>> CONVENTION = Stream.of(
                    "animal plant body food person",
                    "artifact substance object possession shape",
                    "attribute cognition feeling motive state Tops",
                    "act event process phenomenon communication",
                    "group location quantity relation time")
            .map(files -> List.of(files.split(" ")))
            .toList();

    private final List<String> files = Tasks.named("wordnet-10k").labels();
    private final List<Text> everybody;
    private final List<Text> toTrain;
    private final List<Text> toTest;
    private final List<Integer> large;
    private final List<String> vocabulary;

    ConstructedUsers() throws IOException {
        LabelledData data = Tasks.named("wordnet-10k").load();
        everybody = Text.of(data.train());
        List<Text> rest = Text.of(data.evaluation());
        toTrain = rest.subList(0, rest.size() / 2);
        toTest = rest.subList(rest.size() / 2, rest.size());
        int[] counts = new int[files.size()];
        rest.forEach(text -> counts[text.file()]++);
        large = IntStream.range(0, files.size())
                .filter(file -> counts[file] >= 0.02 * rest.size())
                .boxed()
                .toList();
        Map<String, Long> found = everybody.stream()
                .flatMap(text -> text.words().stream())
                .collect(Collectors.groupingBy(word -> word, TreeMap::new, Collectors.counting()));
        vocabulary = found.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<String, Long> one) -> -one.getValue())
                        .thenComparing(Map.Entry::getKey))
                .limit(24)
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    public List<String> needs() {
        return NEEDS;
    }

    @Override
    public List<Integer> rows() {
        return List.of(10, 40, 100);
    }

    /** Embeddings have no head. */
    @Override
    public List<Method> methods(String need) {
        return Method.ALL.stream()
                .filter(one -> !need.equals("similar") || one.isAdapter() || one.parts() == KeyParts.COEFFICIENTS)
                .toList();
    }

    @Override
    public List<String> labels(String need) {
        return need.equals("words") ? List.of("no", "yes") : List.of("f0", "f1", "f2", "f3", "f4");
    }

    @Override
    public List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (String need : List.of("folders", "similar")) {
            methods(need).forEach(method -> cells.add(search(need, method)));
        }
        for (int[] each : new int[][] {{40, 1}, {40, 2}, {40, 3}, {10, 1}, {100, 1}, {10, 2}, {100, 2}}) {
            for (String need : NEEDS) {
                methods(need).forEach(method -> cells.add(new Cell("test", need, each[0], each[1], method, USERS)));
            }
        }
        return cells;
    }

    @Override
    public Cell search(String need, Method method) {
        return new Cell("search", need.equals("similar") ? need : "folders", 40, 0, method, 3);
    }

    @Override
    public List<Rows.User> users(String need, long seed, int count) {
        Random random = new Random(100 * seed + NEEDS.indexOf(need));
        return IntStream.range(0, count)
                .mapToObj(user -> {
                    Function<Text, Integer> sense = sense(need, random);
                    return new Rows.User(
                            rows(need, toTrain, TRAIN, sense, random), rows(need, toTest, TEST, sense, random));
                })
                .toList();
    }

    @Override
    public Rows everybody(String need) {
        Random random = new Random(10_000 + NEEDS.indexOf(need));
        List<Text> texts = new ArrayList<>();
        List<Integer> classes = new ArrayList<>();
        int each = everybody.size() / OTHERS;
        for (int other = 0; other < OTHERS; other++) {
            List<Text> own = everybody.subList(other * each, (other + 1) * each);
            Rows rows = rows(need, own, SHARED_ROWS / OTHERS, sense(need, random), random);
            texts.addAll(rows.texts());
            Arrays.stream(rows.classes()).forEach(classes::add);
        }
        return new Rows(texts, classes.stream().mapToInt(Integer::intValue).toArray());
    }

    /** A user's class of each text. */
    private Function<Text, Integer> sense(String need, Random random) {
        if (need.equals("words")) {
            List<String> words = new ArrayList<>(vocabulary);
            Collections.shuffle(words, random);
            Set<String> own = Set.copyOf(words.subList(0, 3));
            return text -> text.words().stream().anyMatch(own::contains) ? 1 : 0;
        }
        int[] folders = new int[files.size()];
        for (int i = 0; i < CONVENTION.size(); i++) {
            for (String file : CONVENTION.get(i)) {
                folders[files.indexOf("noun." + file)] = i;
            }
        }
        List<Integer> order = new ArrayList<>(large);
        Collections.shuffle(order, random);
        for (int file : order.subList(0, need.equals("none") ? 0 : 5)) {
            folders[file] = (folders[file] + 1 + random.nextInt(CONVENTION.size() - 1)) % CONVENTION.size();
        }
        return text -> folders[text.file()];
    }

    /** Different texts at random; for words, as many of each class as there are, up to half. */
    private Rows rows(String need, List<Text> all, int count, Function<Text, Integer> sense, Random random) {
        List<Text> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        List<Text> chosen = need.equals("words") ? inTurn(shuffled, sense) : shuffled;
        List<Text> some = chosen.subList(0, Math.min(count, chosen.size()));
        return new Rows(some, some.stream().mapToInt(sense::apply).toArray());
    }

    /** The texts with words of the vocabulary, one of each class in turn. */
    private List<Text> inTurn(List<Text> texts, Function<Text, Integer> sense) {
        List<Text> eligible = texts.stream()
                .filter(text -> text.words().stream().anyMatch(vocabulary::contains))
                .toList();
        List<Text> own = eligible.stream().filter(text -> sense.apply(text) == 1).toList();
        List<Text> others = eligible.stream().filter(text -> sense.apply(text) == 0).toList();
        return IntStream.range(0, Math.max(own.size(), others.size()))
                .boxed()
                .flatMap(i -> Stream.of(own, others).filter(some -> i < some.size()).map(some -> some.get(i)))
                .toList();
    }
}
