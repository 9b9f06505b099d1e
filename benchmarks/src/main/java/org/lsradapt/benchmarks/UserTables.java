package org.lsradapt.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.tasks.official.Tasks;

/**
 * Tables of users who sort WordNet's definitions into five folders, each in part after a taste of their own. A convention
 * gives each of the 26 lexicographer files a folder; a user has moved some of the large files to other folders.
 *
 * <p>Arguments: {@code FOLDER USERS MOVED SEED}. Writes {@code shared.csv} (4,000 rows of 80 other users, who have moved as
 * many files), {@code users.csv} (40 to 100 rows each of the users) and {@code test.csv} (200 others each), in columns user,
 * text and label. No definition is in two of the files. The same arguments write the same bytes.
 */
final class UserTables {
    private static final int OTHERS = 80;
    private static final int FEWEST = 40;
    private static final int MOST = 100;
    private static final int TEST = 200;

    /** A file that is moved has at least this part of all definitions. */
    private static final double LARGE = 0.02;

    /** How many of the definitions to evaluate on are for users to train on. */
    private static final int TRAINED = 4_000;

    private static final List<List<String>> CONVENTION = Stream.of(
                    "animal plant body food person",
                    "artifact substance object possession shape",
                    "attribute cognition feeling motive state Tops",
                    "act event process phenomenon communication",
                    "group location quantity relation time")
            .map(files -> List.of(files.split(" ")))
            .toList();

    private final List<String> files = Tasks.named("wordnet-10k").labels();
    private final List<Integer> large;

    private UserTables(List<Example> all) {
        int[] counts = new int[files.size()];
        all.forEach(example -> counts[example.category()]++);
        large = IntStream.range(0, files.size())
                .filter(file -> counts[file] >= LARGE * all.size())
                .boxed()
                .toList();
    }

    public static void main(String[] args) throws IOException {
        if (args.length != 4) {
            throw new IllegalArgumentException("users: expected FOLDER USERS MOVED SEED");
        }
        Path folder = Files.createDirectories(Path.of(args[0]));
        LabelledData data = Tasks.named("wordnet-10k").load();
        UserTables tables = new UserTables(data.evaluation());
        Random random = SplitMix64.random(Long.parseLong(args[3]));
        int moved = Integer.parseInt(args[2]);
        List<String> shared = new ArrayList<>();
        for (int other = 0; other < OTHERS; other++) {
            int[] folders = tables.folders(moved, random);
            int from = other * data.train().size() / OTHERS;
            int to = (other + 1) * data.train().size() / OTHERS;
            tables.rows("other-" + other, data.train().subList(from, to), folders, shared);
        }
        List<Example> toTrain = data.evaluation().subList(0, TRAINED);
        List<Example> toTest =
                data.evaluation().subList(TRAINED, data.evaluation().size());
        List<String> train = new ArrayList<>();
        List<String> test = new ArrayList<>();
        for (int user = 0; user < Integer.parseInt(args[1]); user++) {
            int[] folders = tables.folders(moved, random);
            int rows = FEWEST + random.nextInt(MOST - FEWEST + 1);
            tables.rows("user-" + user, some(toTrain, rows, random), folders, train);
            tables.rows("user-" + user, some(toTest, TEST, random), folders, test);
        }
        write(folder.resolve("shared.csv"), shared);
        write(folder.resolve("users.csv"), train);
        write(folder.resolve("test.csv"), test);
    }

    /** A user's folder of each file. */
    private int[] folders(int moved, Random random) {
        Map<String, Integer> convention = new HashMap<>();
        for (int folder = 0; folder < CONVENTION.size(); folder++) {
            for (String file : CONVENTION.get(folder)) {
                convention.put("noun." + file, folder);
            }
        }
        int[] folders = files.stream().mapToInt(convention::get).toArray();
        List<Integer> order = new ArrayList<>(large);
        Collections.shuffle(order, random);
        for (int file : order.subList(0, moved)) {
            folders[file] = (folders[file] + 1 + random.nextInt(CONVENTION.size() - 1)) % CONVENTION.size();
        }
        return folders;
    }

    private static List<Example> some(List<Example> all, int count, Random random) {
        List<Example> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, count);
    }

    private void rows(String user, List<Example> examples, int[] folders, List<String> lines) {
        for (Example example : examples) {
            String text = '"' + example.first().replace("\"", "\"\"") + '"';
            lines.add(user + "," + text + ",folder-" + (1 + folders[example.category()]));
        }
    }

    private static void write(Path file, List<String> lines) {
        try {
            Files.writeString(file, "user,text,label\n" + String.join("\n", lines) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
