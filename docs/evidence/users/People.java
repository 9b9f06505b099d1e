import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;

/** Real people, who give texts of one kind different classes; see {@link Users}. */
record People(String name, List<String> labels, List<Integer> rows, List<Rows.User> measured, Rows others)
        implements Population {
    private static final List<Method> METHODS = Method.ALL.stream()
            .filter(one -> List.of("head", "coefficients", "lora r 1", "lsr s 1").contains(one.name()))
            .toList();
    private static final int CHOOSING = 8;
    private static final int COUNTED = 16;
    private static final int SEEDS = 3;
    private static final int SHARED = 6_000;

    static People read(Path file, List<String> labels, List<Integer> own, int news) throws IOException {
        Random random = new Random(1);
        Map<String, List<Example>> all = new TreeMap<>(LabelledData.classification(file)
                .text("text")
                .label("label")
                .byKey("user", labels)
                .byKey());
        int most = Collections.max(own);
        List<String> enough = new ArrayList<>(all.keySet());
        enough.removeIf(person -> all.get(person).size() < most + news);
        Collections.shuffle(enough, random);
        List<Rows.User> measured = new ArrayList<>();
        Set<String> hidden = new TreeSet<>();
        for (String person : enough.subList(0, CHOOSING + SEEDS * COUNTED)) {
            List<Example> rows = new ArrayList<>(all.remove(person));
            Collections.shuffle(rows, random);
            List<Example> test = rows.subList(0, news);
            measured.add(new Rows.User(rows(rows.subList(news, news + most)), rows(test)));
            test.forEach(row -> hidden.add(row.first()));
        }
        List<Example> others = new ArrayList<>(all.values().stream()
                .flatMap(List::stream)
                .filter(row -> !hidden.contains(row.first()))
                .toList());
        Collections.shuffle(others, random);
        String name = file.getFileName().toString().replaceFirst("\\..*", "");
        return new People(name, labels, own, measured, rows(others.subList(0, Math.min(SHARED, others.size()))));
    }

    private static Rows rows(List<Example> examples) {
        return new Rows(
                Text.of(examples), examples.stream().mapToInt(Example::category).toArray());
    }

    @Override
    public List<String> needs() {
        return List.of(name);
    }

    @Override
    public List<Method> methods(String need) {
        return METHODS;
    }

    @Override
    public List<String> labels(String need) {
        return labels;
    }

    @Override
    public List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        METHODS.forEach(method -> cells.add(search(name, method)));
        for (int seed = 1; seed <= SEEDS; seed++) {
            for (int own : rows) {
                for (Method method : METHODS) {
                    cells.add(new Cell("test", name, own, seed, method, COUNTED));
                }
            }
        }
        return cells;
    }

    @Override
    public Cell search(String need, Method method) {
        return new Cell("search", name, rows.get(0), 0, method, CHOOSING);
    }

    /** Seed 0 are those who choose the rates. */
    @Override
    public List<Rows.User> users(String need, long seed, int count) {
        int first = seed == 0 ? 0 : CHOOSING + ((int) seed - 1) * COUNTED;
        return measured.subList(first, first + count);
    }

    @Override
    public Rows everybody(String need) {
        return others;
    }
}
