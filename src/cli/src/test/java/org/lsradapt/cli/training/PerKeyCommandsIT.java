package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.cli.Main;
import org.lsradapt.lsr.JavaProcess;
import org.lsradapt.store.AdapterStore;

/** From a table with users to predictions by user, by commands alone. */
class PerKeyCommandsIT {
    private static final int USERS = 8;
    private static final int ROWS = 32;

    @TempDir
    static Path folder;

    private static String shared;
    private static Path users;

    /** Trains what users share: of each text whether it is warm. Every other user means the opposite. */
    @BeforeAll
    static void trainShared() throws Exception {
        String model = Path.of(PerKeyCommandsIT.class
                        .getResource("/golden/families/bert")
                        .toURI())
                .toString();
        users = write("users.csv", USERS);
        Path everybody = write("shared.csv", 1);
        succeed(
                "finetune --model {} --task classify --train {} --label opinion --s 1 --epochs 8 --batch 8"
                        + " --lr 0.01 --head-lr 0.03 --head-steps 40 --out {}",
                model,
                everybody,
                folder.resolve("shared"));
        shared = folder.resolve("shared/lsr-1").toString();
    }

    private static Path write(String name, int count) throws IOException {
        StringBuilder rows = new StringBuilder("text,opinion,user\n");
        for (int user = 0; user < count; user++) {
            // The last one has few rows.
            for (int i = 0; i < (user == USERS - 1 ? 10 : ROWS); i++) {
                boolean warm = i % 2 == 0;
                rows.append('"')
                        .append("is ".repeat((i + user) / 4 % 9))
                        .append(warm ? "the sun, warm" : "the rain, cold")
                        .append("\",")
                        .append(warm == (user % 2 == 0) ? "yes" : "no")
                        .append(",user ")
                        .append(user)
                        .append('\n');
            }
        }
        return Files.writeString(folder.resolve(name), rows);
    }

    private List<String> perKey(String store, String others) {
        return CommandLineRun.arguments(
                "finetune --per user --from {} --store {} --train {} --label opinion --epochs 20 --batch 8 --lr 0.02"
                        + " --head-lr 0.1 " + others,
                shared,
                folder.resolve(store),
                users);
    }

    @Test
    void finetunePer_killedAndStartedAgain_givesTheSameStore_thatPredictsByUser() throws Exception {
        CommandLineRun whole = CommandLineRun.of(perKey("whole.store", "")).succeeded();
        whole.says(
                "8 keys: 7 trained (7 of them now), 3 kept, 4 refused; 1 have too few rows",
                "user 1: 32 rows, on 32 held out shared 0.0000, own 1.0000, head kept");
        String report = Files.readString(folder.resolve("whole.store.csv"));
        assertTrue(report.contains("user 1,32,32,0.0000,1.0000,1.0000,kept,head,0.0000\n"), report);

        int seen = kill(2, perKey("killed.store", ""));
        CommandLineRun rest = CommandLineRun.of(perKey("killed.store", "")).succeeded();
        int now = (int)
                rest.lines().stream().filter(line -> line.startsWith("user ")).count();
        assertTrue(now <= 7 - seen && rest.out().contains("7 trained (" + now + " of them now)"), rest.out());
        assertEquals(report, Files.readString(folder.resolve("killed.store.csv")));
        requireEqual("whole.store", "killed.store");

        List<String> command = CommandLineRun.arguments(
                "store predict --store {} --adapter {} --data {} --per user --label opinion",
                folder.resolve("killed.store"),
                shared,
                users);
        Process predict = program(command);
        List<String> predictions;
        try (BufferedReader lines = predict.inputReader(StandardCharsets.UTF_8)) {
            predictions = lines.lines().toList();
        }
        String errors = new String(predict.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, predict.waitFor(), errors);
        assertTrue(
                predictions.get(0).startsWith("yes\t") && predictions.get(ROWS).startsWith("no\t"), errors);
        assertTrue(
                errors.contains(
                        String.format(Locale.ROOT, "  %d rows, %d by their own adapters", 7 * ROWS + 10, 3 * ROWS)),
                errors);
        // The last user means the opposite too, and has only the shared adapter.
        assertTrue(errors.contains(String.format(Locale.ROOT, "accuracy %.4f", 7.0 * ROWS / (7 * ROWS + 10))), errors);
    }

    private void requireEqual(String one, String other) throws IOException {
        try (AdapterStore expected = AdapterStore.open(folder.resolve(one));
                AdapterStore found = AdapterStore.open(folder.resolve(other))) {
            assertEquals(Map.of(), found.check());
            assertEquals(expected.firstKeys(99), found.firstKeys(99));
            for (String key : expected.firstKeys(99)) {
                PackedAdapter adapter = expected.get(key).orElseThrow();
                assertArrayEquals(
                        adapter.numbers(), found.get(key).orElseThrow().numbers(), key);
                assertArrayEquals(
                        adapter.headNumbers(), found.get(key).orElseThrow().headNumbers(), key);
                assertEquals(1, found.versions(key).size());
            }
        }
    }

    private Process program(List<String> arguments) throws IOException {
        List<String> command = JavaProcess.command(Main.class, "-Xmx1g");
        command.addAll(arguments);
        return new ProcessBuilder(command).start();
    }

    /** Kills a command once it has told of so many users; of how many it told. */
    private int kill(int after, List<String> arguments) throws Exception {
        Process process = program(arguments);
        int seen = 0;
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                seen += line.startsWith("user ") ? 1 : 0;
                if (seen == after) {
                    process.toHandle().destroyForcibly();
                }
            }
        } finally {
            process.destroyForcibly();
        }
        process.waitFor();
        assertTrue(seen >= after, "the program ended after " + seen + " users");
        return seen;
    }

    @Test
    void finetunePer_ownCoefficients_givesAStoreThatPredicts() throws Exception {
        CommandLineRun run = CommandLineRun.of(
                        perKey("coefficients.store", "--own coefficients+head --hold-out 0.25 --quiet"))
                .succeeded();
        run.says("8 keys: 7 trained (7 of them now), 3 kept");
        Path written = folder.resolve("user-1");
        succeed("store get --store {} {} --out {}", folder.resolve("coefficients.store"), "user 1", written);
        CommandLineRun predict = succeed("predict --adapter {} {}", written, "the sun, warm");
        assertTrue(predict.out().startsWith("no\t"), predict.out());
        Path peft = folder.resolve("user-1-peft");
        succeed("export --adapter {} --out {}", written, peft);
        assertTrue(Files.exists(peft.resolve("adapter_model.safetensors")));
    }

    @Test
    void finetunePer_withWhatItCannotDo_isRefusedByName() throws Exception {
        CommandLineRun.of(perKey("users.store", "--task regress")).refused("found --task regress, expected classify");
        CommandLineRun.of(perKey("users.store", "--methods lora")).refused("found --methods as well, expected none");
        CommandLineRun.of(perKey("users.store", "--lora-lr 0.1"))
                .refused("--lora-lr: found the methods lsr, none of which reads it; expected lora");
        CommandLineRun.of(perKey("users.store", "--seed 1,2")).refused("found seeds [1, 2], expected one");
        CommandLineRun.of(perKey("users.store", "--own heads")).refused("'heads', expected one of head, coefficients,");
        CommandLineRun.of(perKey("users.store", "--folds 3 --hold-out 0.2"))
                .refused("found --folds and --hold-out, expected one");
        assertRefused("found --store without --per COLUMN", "finetune --store users.store");
        assertRefused("expected --store FILE and --from ADAPTER", "finetune --per user --train x.csv");
        Path table = Files.writeString(folder.resolve("other.csv"), "text,opinion,user\nthe sun,perhaps,user 1\n");
        assertRefused(
                "other.csv, line 2: unknown label \"perhaps\", expected one of no, yes",
                "finetune --per user --from {} --store {} --train {} --label opinion",
                shared,
                folder.resolve("users.store"),
                table);
    }
}
