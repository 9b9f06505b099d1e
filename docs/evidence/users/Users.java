import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;

/**
 * Compares the parts that a user can have: the head alone, coefficients of shared terms, or an adapter, each at its own
 * searched rate.
 *
 * <pre>{@code
 * javac -cp $LSR/lsr-adapt.jar -d FOLDER/classes docs/evidence/users/*.java
 * java -cp $LSR/lsr-adapt.jar:FOLDER/classes Users FOLDER [MINUTES [PEOPLE.csv CLASSES ROWS NEW]]
 * }</pre>
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
final class Users {
    static final Map<Integer, Integer> EPOCHS = Map.of(10, 24, 30, 16, 40, 16, 100, 8);
    static final Backend BACKEND = Backends.standard();

    private final long end;
    private final Population population;
    private final Results results;
    private final Classifiers classifiers;
    private final Embedders embedders;

    private Users(Path folder, double minutes, Population population) throws IOException {
        Files.createDirectories(folder);
        end = System.nanoTime() + (long) (minutes * 60e9);
        this.population = population;
        results = new Results(folder.resolve("users.csv"), population);
        BaseModel base = BaseModel.load("minilm");
        classifiers = new Classifiers(folder, base, population, results);
        embedders = new Embedders(folder, base, population);
    }

    public static void main(String[] args) throws IOException {
        Population population = args.length > 2
                ? People.read(
                        Path.of(args[2]),
                        List.of(args[3].split(",")),
                        Arrays.stream(args[4].split(",")).map(Integer::valueOf).toList(),
                        Integer.parseInt(args[5]))
                : new ConstructedUsers();
        new Users(Path.of(args[0]), args.length > 1 ? Double.parseDouble(args[1]) : 1e6, population).run();
    }

    private void run() throws IOException {
        for (Population.Cell cell : population.cells()) {
            Method method = cell.method();
            List<Double> rates =
                    cell.stage().equals("search") ? method.rates() : List.of(results.best(cell.need(), method));
            for (double rate : rates) {
                if (!results.has(Results.key(cell, rate))) {
                    train(cell, rate);
                }
            }
        }
        results.print();
    }

    private void train(Population.Cell cell, double rate) throws IOException {
        if (System.nanoTime() > end) {
            results.print();
            System.out.println("time is over; the same command continues");
            System.exit(0);
        }
        long start = System.nanoTime();
        List<double[]> lines =
                cell.need().equals("similar") ? embedders.lines(cell, rate) : classifiers.lines(cell, rate);
        String key = Results.key(cell, rate);
        results.add(key, lines);
        System.out.printf(
                Locale.ROOT,
                "%s: %.4f to %.4f, %.0f s%n",
                key,
                Results.mean(lines, 1),
                Results.mean(lines, 2),
                (System.nanoTime() - start) / 1e9);
    }
}
