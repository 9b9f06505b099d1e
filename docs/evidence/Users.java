import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.baselines.frozen.LoraXsConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.tasks.classification.KeyParts;
import org.lsradapt.tasks.classification.KeyTrainer;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.Trainer;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.ModelInput;

/**
 * Compares the parts that a user can have: the head alone, coefficients of shared terms, or an adapter, each at its own
 * searched rate.
 *
 * <pre>java -cp $LSR/lsr-adapt.jar docs/evidence/Users.java FOLDER [MINUTES [PEOPLE.csv CLASSES ROWS NEW]]</pre>
 *
 * <p>Writes FOLDER/users.csv, a line per cell and user, and continues where an earlier call stopped; without anything
 * left to do it prints the table. Protocol, fixed before the runs that count:
 *
 * <ul>
 *   <li>Base MiniLM. Texts: WordNet's definitions. No text of a user's test rows is trained on by anybody.
 *   <li>Needs. {@code folders}: five folders, five of the larger files of WordNet moved to another folder than the
 *       convention (a head can do this). {@code none}: the convention; nothing to gain. {@code words}: whether a
 *       definition has one of the user's three of 24 frequent words; all texts have some of the 24. {@code similar}:
 *       embeddings; texts of one of the user's folders are similar.
 *   <li>Everybody: an lsr-shared adapter of five terms, r = 4, trained on 2,000 rows of 40 other users, 3 epochs; one
 *       shared model per need (classifiers at 0.008 after 100 steps of the head, embeddings at 0.01). Every user starts
 *       from it: coefficients are those of its terms, adapters are fresh ones on the model with it merged.
 *   <li>A user: 10, 40 or 100 rows, 24, 16 or 8 epochs in batches of 16, the last step's parameters; measured on 100 new
 *       rows. Accuracy, or for {@code similar} the share of triples (text, one of its folder, one of another) whose
 *       cosines are in order.
 *   <li>Rates: three each, a factor of three apart, on three users of seed 0 with 40 rows of {@code folders} and of
 *       {@code similar}; the best mean decides, for {@code none} and {@code words} that of {@code folders}. Parts with a
 *       head take the head's rate first.
 *   <li>Eight users a seed. A user loses if fewer new rows are right than with the shared model. Intervals: 1.96 standard
 *       errors over users.
 * </ul>
 *
 * <p>People instead of constructed users: a file with the columns user, text and label ({@code people.py} makes two), its
 * classes in their order, such as {@code no,yes}, numbers of a person's rows, such as {@code 40,100}, and of new rows. The
 * protocol is the same, except for:
 *
 * <ul>
 *   <li>56 people with enough rows, drawn at random: 8 choose the rates with the first number of rows, 16 each are seed 1
 *       to 3. Rows are drawn at random, the new ones first.
 *   <li>Everybody: 6,000 rows of all others, without texts that are new rows of one of the 56.
 *   <li>The head, coefficients, LoRA and LSR alone.
 *   <li>The error is the mean distance of the classes' indices.
 * </ul>
 */
class Users {
    static final int USERS = 8;
    static final int OTHERS = 40;
    static final int SHARED_ROWS = 2_000;
    static final int TEST = 100;
    static final Map<Integer, Integer> EPOCHS = Map.of(10, 24, 30, 16, 40, 16, 100, 8);
    static final List<String> NEEDS = List.of("folders", "none", "words", "similar");
    static final String HEADER = "stage,need,rows,seed,method,rate,user,numbers,before,after,error_before,error_after\n";
    static final Backend BACKEND = Backends.standard();
    static final List<List<String>> CONVENTION = Stream.of(
                    "animal plant body food person",
                    "artifact substance object possession shape",
                    "attribute cognition feeling motive state Tops",
                    "act event process phenomenon communication",
                    "group location quantity relation time")
            .map(files -> List.of(files.split(" ")))
            .toList();

    /** One way to give a user something of its own. */
    record Method(String name, AdapterConfig kind, KeyParts parts, List<Double> rates) {
        /** Whether it is an adapter of a user, on the model that everybody's rows have trained. */
        boolean isAdapter() {
            return parts == KeyParts.ADAPTER_AND_HEAD;
        }
    }

    static final AdapterConfig TERMS = SharedConfig.of(4, 5);
    static final List<Method> METHODS = List.of(
            new Method("head", TERMS, KeyParts.HEAD, List.of(2e-3, 6e-3, 2e-2)),
            new Method("coefficients", TERMS, KeyParts.COEFFICIENTS, List.of(1e-2, 3e-2, 1e-1)),
            new Method("coefficients+head", TERMS, KeyParts.COEFFICIENTS_AND_HEAD, List.of(1e-2, 3e-2, 1e-1)),
            new Method("lora r 1", LsrConfig.lora(1, 4), KeyParts.ADAPTER_AND_HEAD, List.of(1e-3, 3e-3, 9e-3)),
            new Method(
                    "lsr s 1",
                    LsrConfig.builder().separationRank(1).build(),
                    KeyParts.ADAPTER_AND_HEAD,
                    List.of(2e-3, 6e-3, 2e-2)),
            new Method("vera r 256", VeraConfig.of(256), KeyParts.ADAPTER_AND_HEAD, List.of(3e-3, 1e-2, 3e-2)),
            new Method("lora-xs r 8", LoraXsConfig.of(8), KeyParts.ADAPTER_AND_HEAD, List.of(2e-3, 6e-3, 2e-2)));

    /** A text with what it is: its file, and its words. */
    record Text(String text, int file, Set<String> words) {}

    /** A user's rows, with a class each. */
    record Rows(List<Text> texts, int[] classes) {
        Rows first(int count) {
            return new Rows(texts.subList(0, count), Arrays.copyOf(classes, count));
        }
    }

    record User(Rows train, Rows test) {}

    final Path folder;
    final Path table;
    final long end;
    final List<String> files = Tasks.named("wordnet-10k").labels();
    final List<Text> everybody;
    final List<Text> toTrain;
    final List<Text> toTest;
    final List<Integer> large;
    final List<String> vocabulary;
    final BaseModel base;
    final Optional<People> people;
    final Map<String, List<double[]>> done = new LinkedHashMap<>();
    final Map<User, int[]> shared = new IdentityHashMap<>();

    Users(Path folder, double minutes, Optional<People> people) throws IOException {
        this.people = people;
        this.folder = Files.createDirectories(folder);
        table = folder.resolve("users.csv");
        end = System.nanoTime() + (long) (minutes * 60e9);
        LabelledData data = Tasks.named("wordnet-10k").load();
        everybody = texts(data.train());
        List<Text> rest = texts(data.evaluation());
        toTrain = rest.subList(0, rest.size() / 2);
        toTest = rest.subList(rest.size() / 2, rest.size());
        int[] counts = new int[files.size()];
        rest.forEach(text -> counts[text.file]++);
        large = IntStream.range(0, files.size())
                .filter(file -> counts[file] >= 0.02 * rest.size())
                .boxed()
                .toList();
        Map<String, Long> found = everybody.stream()
                .flatMap(text -> text.words.stream())
                .collect(Collectors.groupingBy(word -> word, TreeMap::new, Collectors.counting()));
        vocabulary = found.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<String, Long> one) -> -one.getValue())
                        .thenComparing(Map.Entry::getKey))
                .limit(24)
                .map(Map.Entry::getKey)
                .toList();
        base = BaseModel.load("minilm");
    }

    static List<Text> texts(List<Example> examples) {
        return examples.stream()
                .map(one -> new Text(
                        one.first(),
                        one.category(),
                        Arrays.stream(one.first().toLowerCase(Locale.ROOT).split("[^a-z]+"))
                                .filter(word -> word.length() >= 5)
                                .collect(Collectors.toCollection(TreeSet::new))))
                .toList();
    }

    public static void main(String[] args) throws IOException {
        Optional<People> people = args.length > 2
                ? Optional.of(People.read(
                        Path.of(args[2]),
                        List.of(args[3].split(",")),
                        Arrays.stream(args[4].split(",")).map(Integer::valueOf).toList(),
                        Integer.parseInt(args[5])))
                : Optional.empty();
        new Users(Path.of(args[0]), args.length > 1 ? Double.parseDouble(args[1]) : 1e6, people).run();
    }

    /** The cells in their order: those that decide come first. */
    void run() throws IOException {
        read();
        if (people.isPresent()) {
            run(people.get());
        } else {
            runConstructed();
        }
        print();
    }

    void run(People them) throws IOException {
        int first = them.own.get(0);
        for (Method method : People.METHODS) {
            for (double rate : method.rates) {
                cell("search", them.name, first, 0, method, rate, People.CHOOSING);
            }
        }
        for (int seed = 1; seed <= People.SEEDS; seed++) {
            for (int rows : them.own) {
                for (Method method : People.METHODS) {
                    cell("test", them.name, rows, seed, method, best(them.name, method), People.COUNTED);
                }
            }
        }
    }

    void runConstructed() throws IOException {
        for (String need : List.of("folders", "similar")) {
            for (Method method : methods(need)) {
                for (double rate : method.rates) {
                    cell("search", need, 40, 0, method, rate, 3);
                }
            }
        }
        for (int[] each : new int[][] {{40, 1}, {40, 2}, {40, 3}, {10, 1}, {100, 1}, {10, 2}, {100, 2}}) {
            for (String need : NEEDS) {
                for (Method method : methods(need)) {
                    cell("test", need, each[0], each[1], method, best(need, method), USERS);
                }
            }
        }
    }

    /** Embeddings have no head. */
    static List<Method> methods(String need) {
        return METHODS.stream()
                .filter(one -> !need.equals("similar") || one.isAdapter() || one.parts == KeyParts.COEFFICIENTS)
                .toList();
    }

    double best(String need, Method method) {
        String searched = need.equals("similar") || people.isPresent() ? need : "folders";
        int rows = people.map(them -> them.own.get(0)).orElse(40);
        return method.rates.stream()
                .max(Comparator.comparingDouble(rate -> done.get(key("search", searched, rows, 0, method, rate)).stream()
                        .mapToDouble(line -> line[2])
                        .sum()))
                .orElseThrow();
    }

    static String key(String stage, String need, int rows, long seed, Method method, double rate) {
        return stage + "," + need + "," + rows + "," + seed + "," + method.name + "," + rate;
    }

    void read() throws IOException {
        if (!Files.exists(table)) {
            Files.writeString(table, HEADER);
        }
        for (String line : Files.readAllLines(table).subList(1, (int) Files.lines(table).count())) {
            String[] fields = line.split(",");
            done.computeIfAbsent(String.join(",", Arrays.copyOf(fields, 6)), any -> new ArrayList<>())
                    .add(Arrays.stream(fields).skip(7).mapToDouble(Double::parseDouble).toArray());
        }
    }

    void cell(String stage, String need, int rows, long seed, Method method, double rate, int users)
            throws IOException {
        String key = key(stage, need, rows, seed, method, rate);
        if (done.containsKey(key)) {
            return;
        }
        if (System.nanoTime() > end) {
            print();
            System.out.println("time is over; the same command continues");
            System.exit(0);
        }
        long start = System.nanoTime();
        List<double[]> lines = need.equals("similar")
                ? similar(rows, seed, method, rate, users)
                : classified(need, rows, seed, method, rate, users);
        StringBuilder text = new StringBuilder();
        for (int user = 0; user < users; user++) {
            double[] line = lines.get(user);
            text.append(String.format(Locale.ROOT, "%s,%d,%.0f", key, user, line[0]));
            Arrays.stream(line).skip(1).forEach(each -> text.append(String.format(Locale.ROOT, ",%.4f", each)));
            text.append("\n");
        }
        Files.writeString(table, text, StandardOpenOption.APPEND);
        done.put(key, lines);
        System.out.printf(
                Locale.ROOT,
                "%s: %.4f to %.4f, %.0f s%n",
                key,
                lines.stream().mapToDouble(line -> line[1]).average().orElseThrow(),
                lines.stream().mapToDouble(line -> line[2]).average().orElseThrow(),
                (System.nanoTime() - start) / 1e9);
    }

    /* Users */

    List<User> users(String need, long seed, int count) {
        if (people.isPresent()) {
            return people.get().users((int) seed);
        }
        Random random = new Random(100 * seed + NEEDS.indexOf(need));
        return IntStream.range(0, count)
                .mapToObj(user -> {
                    Function<Text, Integer> sense = sense(need, random);
                    return new User(rows(need, toTrain, 100, sense, random), rows(need, toTest, TEST, sense, random));
                })
                .toList();
    }

    Rows ofEverybody(String need) {
        if (people.isPresent()) {
            return people.get().everybody;
        }
        Random random = new Random(10_000 + NEEDS.indexOf(need));
        List<Text> texts = new ArrayList<>();
        List<Integer> classes = new ArrayList<>();
        for (int other = 0; other < OTHERS; other++) {
            int each = everybody.size() / OTHERS;
            Rows rows = rows(
                    need,
                    everybody.subList(other * each, (other + 1) * each),
                    SHARED_ROWS / OTHERS,
                    sense(need, random),
                    random);
            texts.addAll(rows.texts);
            Arrays.stream(rows.classes).forEach(classes::add);
        }
        return new Rows(texts, classes.stream().mapToInt(Integer::intValue).toArray());
    }

    /** A user's class of each text. */
    Function<Text, Integer> sense(String need, Random random) {
        if (need.equals("words")) {
            List<String> words = new ArrayList<>(vocabulary);
            Collections.shuffle(words, random);
            Set<String> own = Set.copyOf(words.subList(0, 3));
            return text -> text.words.stream().anyMatch(own::contains) ? 1 : 0;
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
        return text -> folders[text.file];
    }

    /** Different texts at random; for words, as many of each class as there are, up to half. */
    Rows rows(String need, List<Text> all, int count, Function<Text, Integer> sense, Random random) {
        List<Text> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        List<Text> chosen = shuffled;
        if (need.equals("words")) {
            List<Text> eligible = shuffled.stream()
                    .filter(text -> text.words.stream().anyMatch(vocabulary::contains))
                    .toList();
            List<Text> own = eligible.stream().filter(text -> sense.apply(text) == 1).toList();
            List<Text> others = eligible.stream().filter(text -> sense.apply(text) == 0).toList();
            chosen = new ArrayList<>();
            for (int i = 0; i < Math.max(own.size(), others.size()); i++) {
                if (i < own.size()) {
                    chosen.add(own.get(i));
                }
                if (i < others.size()) {
                    chosen.add(others.get(i));
                }
            }
        }
        List<Text> some = chosen.subList(0, Math.min(count, chosen.size()));
        return new Rows(some, some.stream().mapToInt(sense::apply).toArray());
    }

    /* Classes */

    List<String> labels(String need) {
        if (people.isPresent()) {
            return people.get().labels;
        }
        return need.equals("words") ? List.of("no", "yes") : List.of("f0", "f1", "f2", "f3", "f4");
    }

    static List<LabelledText> labelled(Rows rows, List<String> labels) {
        return IntStream.range(0, rows.texts.size())
                .mapToObj(i -> LabelledText.of(rows.texts.get(i).text, labels.get(rows.classes[i])))
                .toList();
    }

    /** The classifier of everybody's rows. */
    Path sharedClassifier(String need) throws IOException {
        Path saved = folder.resolve("shared-" + need);
        if (!Files.exists(saved.resolve("adapter_config.json"))) {
            List<LabelledText> rows = labelled(ofEverybody(need), labels(need));
            try (TextClassifier classifier = TextClassifier.on(base)
                    .adapters(TERMS)
                    .config(TrainingConfig.builder()
                            .learningRate(TERMS.usualLearningRate())
                            .epochs(3)
                            .headSteps(100)
                            .evaluateEvery(Integer.MAX_VALUE)
                            .build())
                    .train(LabelledData.classification(rows)
                            .classes(labels(need))
                            .dev(rows.subList(0, 50))
                            .read())) {
                classifier.save(saved);
            }
        }
        return saved;
    }

    List<double[]> classified(String need, int rows, long seed, Method method, double rate, int count)
            throws IOException {
        Path everybodys = sharedClassifier(need);
        if (!method.isAdapter()) {
            return classified(everybodys, need, rows, seed, method, rate, count);
        }
        Path fresh = folder.resolve("fresh-" + need + "-" + method.kind.label());
        try (SavedAdapter saved = AdapterFolder.load(everybodys);
                AdapterSet merged = saved.adapters(base.linearLayers(), BACKEND);
                SequenceHead head = saved.head(base.weights()).orElseThrow();
                InPlaceMerge merge = InPlaceMerge.of(merged);
                AdapterSet own =
                        AdapterSet.create(base.queryAndValue().select(base.linearLayers()), method.kind, BACKEND)) {
            AdapterFolder.save(fresh, saved.card().orElseThrow(), own, head);
            return classified(fresh, need, rows, seed, method, rate, count);
        }
    }

    List<double[]> classified(Path saved, String need, int rows, long seed, Method method, double rate, int count)
            throws IOException {
        double headRate = method.parts == KeyParts.HEAD ? rate : best(need, METHODS.get(0));
        TrainingConfig config = KeyTrainer.defaultConfig(saved, method.parts).toBuilder()
                .epochs(EPOCHS.get(rows))
                .learningRate(rate)
                .headLearningRate(headRate)
                .build();
        List<double[]> lines = new ArrayList<>();
        try (KeyTrainer trainer = KeyTrainer.of(base, saved, method.parts, config)) {
            for (User user : users(need, seed, count)) {
                PackedAdapter own = trainer.train(LabelledData.classification(
                                        labelled(user.train.first(rows), labels(need)))
                                .classes(labels(need))
                                .dev(labelled(user.test.first(1), labels(need)))
                                .read())
                        .adapter();
                int bytes = own.numbers().length + (method.parts.hasHead() ? own.headNumbers().length : 0);
                if (!shared.containsKey(user)) {
                    shared.put(user, predicted(trainer.shared(), user.test.texts));
                }
                int[] before = shared.get(user);
                int[] after = predicted(own, user.test.texts);
                lines.add(new double[] {
                    bytes / Float.BYTES,
                    right(before, user.test.classes),
                    right(after, user.test.classes),
                    error(before, user.test.classes),
                    error(after, user.test.classes)
                });
            }
        }
        return lines;
    }

    int[] predicted(PackedAdapter adapter, List<Text> texts) throws IOException {
        try (SavedAdapter saved = adapter.open("predicted");
                AdapterSet adapters = saved.adapters(base.linearLayers(), BACKEND);
                SequenceHead head = saved.head(base.weights()).orElseThrow();
                AdaptedModel model = new AdaptedModel(
                        base.weights(), adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            int length = saved.requireLength(base.tokenizer(), base.maxLength());
            return Arrays.stream(model.predict(texts.stream()
                            .map(text -> base.tokenizer().encode(text.text, null, length))
                            .toList()))
                    .mapToInt(Users::best)
                    .toArray();
        }
    }

    static int best(double[] outputs) {
        return IntStream.range(0, outputs.length)
                .boxed()
                .max(Comparator.comparingDouble(i -> outputs[i]))
                .orElseThrow();
    }

    static double right(int[] predicted, int[] classes) {
        return IntStream.range(0, classes.length)
                .mapToDouble(i -> predicted[i] == classes[i] ? 1 : 0)
                .average()
                .orElseThrow();
    }

    static double error(int[] predicted, int[] classes) {
        return IntStream.range(0, classes.length)
                .mapToDouble(i -> Math.abs(predicted[i] - classes[i]))
                .average()
                .orElseThrow();
    }

    /* Embeddings */

    AdaptedModel embedder(AdapterSet adapters) {
        return new AdaptedModel(
                base.weights(),
                adapters,
                new EmbeddingObjective(base.weights(), Pooling.MEAN, true, EmbeddingLoss.classes(), BACKEND),
                BACKEND);
    }

    /** The adapters of the embedder of everybody's rows. */
    AdapterSet sharedEmbedder() throws IOException {
        AdapterSet adapters = AdapterSet.create(base.queryAndValue().select(base.linearLayers()), TERMS, BACKEND);
        Path saved = folder.resolve("shared-similar.txt");
        if (Files.exists(saved)) {
            BACKEND.write(
                    Files.readAllLines(saved).stream().mapToDouble(Double::parseDouble).toArray(),
                    adapters.values());
        } else {
            try (AdaptedModel model = embedder(adapters)) {
                train(model, ofEverybody("similar"), 3, 1e-2);
            }
            Files.writeString(
                    saved,
                    Arrays.stream(numbers(adapters)).mapToObj(Double::toString).collect(Collectors.joining("\n")));
        }
        adapters.materialize();
        return adapters;
    }

    static double[] numbers(AdapterSet adapters) {
        double[] numbers = new double[(int) adapters.values().length()];
        BACKEND.read(adapters.values(), numbers);
        return numbers;
    }

    void train(AdaptedModel model, Rows rows, int epochs, double rate) {
        List<TrainingExample> examples = IntStream.range(0, rows.texts.size())
                .mapToObj(i -> new TrainingExample(tokens(rows.texts.get(i)), new Target.Category(rows.classes[i])))
                .toList();
        TrainingConfig config = TrainingConfig.builder()
                .epochs(epochs)
                .batchSize(16)
                .learningRate(rate)
                .evaluateEvery(Integer.MAX_VALUE)
                .build();
        new Trainer(model, config).run(examples, Evaluation.of("none", trained -> Map.of("none", 0.0)));
    }

    ModelInput tokens(Text text) {
        return base.tokenizer().encode(text.text, null, 64);
    }

    List<double[]> similar(int rows, long seed, Method method, double rate, int count) throws IOException {
        try (AdapterSet shared = sharedEmbedder()) {
            if (!method.isAdapter()) {
                List<Parameter> own = shared.adapters().stream()
                        .flatMap(adapter -> adapter.coefficients().stream())
                        .toList();
                return similar(shared, Optional.of(own), rows, seed, rate, count);
            }
            try (InPlaceMerge merge = InPlaceMerge.of(shared);
                    AdapterSet fresh = AdapterSet.create(
                            base.queryAndValue().select(base.linearLayers()), method.kind, BACKEND)) {
                return similar(fresh, Optional.empty(), rows, seed, rate, count);
            }
        }
    }

    List<double[]> similar(
            AdapterSet adapters, Optional<List<Parameter>> own, int rows, long seed, double rate, int count) {
        double[] start = numbers(adapters);
        List<double[]> lines = new ArrayList<>();
        try (AdaptedModel model = embedder(adapters)) {
            model.trainOnly(own);
            for (User user : users("similar", seed, count)) {
                BACKEND.write(start, adapters.values());
                double before = ordered(model, user.test);
                train(model, user.train.first(rows), EPOCHS.get(rows), rate);
                long numbers = own.isPresent()
                        ? own.get().stream().mapToLong(Parameter::count).sum()
                        : adapters.parameterCount();
                lines.add(new double[] {numbers, before, ordered(model, user.test)});
            }
        }
        return lines;
    }

    /** The share of triples whose cosines are in order. */
    double ordered(AdaptedModel model, Rows rows) {
        double[][] vectors =
                model.predict(rows.texts.stream().map(this::tokens).toList());
        int n = vectors.length;
        long right = 0;
        long all = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int k = 0; k < n; k++) {
                    if (j != i && rows.classes[j] == rows.classes[i] && rows.classes[k] != rows.classes[i]) {
                        all++;
                        right += dot(vectors[i], vectors[j]) > dot(vectors[i], vectors[k]) ? 1 : 0;
                    }
                }
            }
        }
        return (double) right / all;
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /* The table */

    void print() {
        System.out.println("\n| need | rows | method | rate | numbers | users | shared | own | gain | lose | less error |");
        System.out.println("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        for (String need : people.map(them -> List.of(them.name)).orElse(NEEDS)) {
            for (int rows : people.map(them -> them.own).orElse(List.of(10, 40, 100))) {
                for (Method method : methods(need)) {
                    List<double[]> all = done.entrySet().stream()
                            .filter(one -> one.getKey().startsWith("test," + need + "," + rows + ",")
                                    && one.getKey().contains("," + method.name + ","))
                            .flatMap(one -> one.getValue().stream())
                            .toList();
                    if (!all.isEmpty()) {
                        print(need, rows, method, all);
                    }
                }
            }
        }
    }

    void print(String need, int rows, Method method, List<double[]> all) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %s | %s | %.0f | %d | %.3f | %.3f | %s | %d | %s |%n",
                need,
                rows,
                method.name,
                best(need, method),
                all.get(0)[0],
                all.size(),
                all.stream().mapToDouble(line -> line[1]).average().orElseThrow(),
                all.stream().mapToDouble(line -> line[2]).average().orElseThrow(),
                interval(all.stream().mapToDouble(line -> line[2] - line[1]).toArray()),
                all.stream().filter(line -> line[2] < line[1]).count(),
                all.get(0).length > 3
                        ? interval(all.stream().mapToDouble(line -> line[3] - line[4]).toArray())
                        : "");
    }

    static String interval(double[] numbers) {
        double mean = Arrays.stream(numbers).average().orElseThrow();
        double square =
                Arrays.stream(numbers).map(one -> (one - mean) * (one - mean)).sum();
        return String.format(
                Locale.ROOT, "%+.3f ± %.3f", mean, 1.96 * Math.sqrt(square / (numbers.length - 1) / numbers.length));
    }

    /* People */

    /** Real people, who give texts of one kind different classes. */
    static final class People {
        static final List<Method> METHODS = Users.METHODS.stream()
                .filter(one -> List.of("head", "coefficients", "lora r 1", "lsr s 1").contains(one.name))
                .toList();
        static final int CHOOSING = 8;
        static final int COUNTED = 16;
        static final int SEEDS = 3;
        static final int SHARED = 6_000;

        final String name;
        final List<String> labels;
        final List<Integer> own;
        final List<User> measured;
        final Rows everybody;

        People(String name, List<String> labels, List<Integer> own, List<User> measured, Rows everybody) {
            this.name = name;
            this.labels = labels;
            this.own = own;
            this.measured = measured;
            this.everybody = everybody;
        }

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
            List<User> measured = new ArrayList<>();
            Set<String> hidden = new TreeSet<>();
            for (String person : enough.subList(0, CHOOSING + SEEDS * COUNTED)) {
                List<Example> rows = new ArrayList<>(all.remove(person));
                Collections.shuffle(rows, random);
                List<Example> test = rows.subList(0, news);
                measured.add(new User(rows(rows.subList(news, news + most)), rows(test)));
                test.forEach(row -> hidden.add(row.first()));
            }
            List<Example> others = new ArrayList<>(all.values().stream()
                    .flatMap(List::stream)
                    .filter(row -> !hidden.contains(row.first()))
                    .toList());
            Collections.shuffle(others, random);
            String name = file.getFileName().toString().replaceFirst("\\..*", "");
            return new People(
                    name, labels, own, measured, rows(others.subList(0, Math.min(SHARED, others.size()))));
        }

        static Rows rows(List<Example> examples) {
            return new Rows(
                    texts(examples), examples.stream().mapToInt(Example::category).toArray());
        }

        /** Seed 0 are those who choose the rates. */
        List<User> users(int seed) {
            int first = seed == 0 ? 0 : CHOOSING + (seed - 1) * COUNTED;
            return measured.subList(first, first + (seed == 0 ? CHOOSING : COUNTED));
        }
    }
}
