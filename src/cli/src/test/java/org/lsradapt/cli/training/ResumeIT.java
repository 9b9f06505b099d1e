package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.CommandLineRun;

/** {@code finetune --resume}; what comes of runs that were killed is in {@link KillIT}. */
class ResumeIT {
    private static final String MODEL = "src/transformers/src/test/resources/golden/families/bert";

    @TempDir
    Path folder;

    @Test
    void resume_besideOtherOptions_orWhereNoRunWasStopped_isRefused() throws IOException {
        String run = folder.resolve("run").toString();
        assertRefused("found --epochs, --lr as well, expected none", "finetune --resume {} --epochs 3 --lr 1", run);
        assertRefused("there is no unfinished-run.properties in it", "finetune --resume {}", run);
        Files.createDirectory(Path.of(run));
        Files.writeString(Path.of(run, RunLock.MARK), "argument.0=\\uXYZ");
        assertRefused("unfinished-run.properties: Malformed", "finetune --resume {}", run);
        Files.writeString(Path.of(run, RunLock.MARK), "");
        assertRefused("does not have all arguments of the run", "finetune --resume {}", run);
        Files.writeString(Path.of(run, RunLock.MARK), "argument.0=finetune\nargument.1=--epoch\narguments=2\n");
        assertRefused("unknown option '--epoch'", "finetune --resume {}", run);
        assertTrue(Files.exists(Path.of(run, RunLock.MARK)));
    }

    @Test
    void resume_ofAMarkWithAGapOrMore_isRefused() throws IOException {
        Path run = Files.createDirectory(folder.resolve("run"));
        Path mark = run.resolve(RunLock.MARK);
        String expected =
                "--resume " + run + ": unfinished-run.properties does not have all arguments of the run, expected"
                        + " their number as arguments, and argument.0, argument.1 and so on; start the run again";
        String before = "process=1\nargument.0=finetune\nargument.1=--task\nargument.2=mrpc\n";
        for (String more : new String[] {"arguments=4\nargument.4=7\n", "arguments=4\n", ""}) {
            Files.writeString(mark, before + more);
            assertRefused(expected, "finetune --resume {}", run);
            assertEquals(before + more, Files.readString(mark));
        }
    }

    @Test
    void finetune_thatFails_keepsItsLastState_andResumesOnTheSameDataOnly() throws IOException {
        String data = CommandLineRun.writeMrpc(folder.resolve("data"), 24, 8).toString();
        String run = folder.resolve("run").toString();
        assertRefused(
                "training diverged",
                "finetune --model {} --task mrpc --data {} --methods lsr --lr 1e20 --epochs 2 --batch 8"
                        + " --warmup 0 --save-every 1 --out {}",
                MODEL,
                data,
                run);
        Path state = Path.of(run, "checkpoints/lsr-1");
        assertTrue(Files.exists(state.resolve("step-0000000001.safetensors")));
        assertRefused("was stopped; finetune --resume continues it", "finetune --out {}", run);
        assertRefused("training diverged", "finetune --resume {}", run);
        CommandLineRun.writeMrpc(folder.resolve("data"), 32, 8);
        assertRefused("is of a training whose training data is", "finetune --resume {}", run);
        CommandLineRun.writeMrpc(folder.resolve("data"), 24, 16);
        assertRefused("is of a training whose evaluation data is", "finetune --resume {}", run);
        assertTrue(Files.exists(Path.of(run, RunLock.MARK)));
    }

    @Test
    void resume_onOtherHeldOutExamples_isRefused() throws IOException {
        Path table = folder.resolve("data.csv");
        List<String> rows = IntStream.range(0, 40)
                .mapToObj(i -> "text number " + i + " is " + (i % 2 == 0 ? "good,good" : "bad,bad"))
                .toList();
        Files.writeString(table, "text,label\n" + String.join("\n", rows) + "\n");
        Path dev = Files.copy(table, folder.resolve("dev.csv"));
        Path run = folder.resolve("run");
        assertRefused(
                "training diverged",
                "finetune --model {} --task classify --train {} --dev {} --methods lsr --lr 1e20 --epochs 2"
                        + " --batch 8 --warmup 0 --hold-out 0.3 --save-every 1 --out {}",
                MODEL,
                table,
                dev,
                run);
        int heldOut = 0;
        for (int i = 0; i < rows.size(); i += 4) {
            List<String> changed = new ArrayList<>(rows);
            changed.set(i, "another text,good");
            Files.writeString(table, "text,label\n" + String.join("\n", changed) + "\n");
            CommandLineRun resumed = CommandLineRun.line("finetune --resume {}", run);
            assertEquals(2, resumed.code());
            assertTrue(resumed.err().contains("is of a training whose"), resumed.err());
            heldOut += resumed.err().contains("whose evaluation data is") ? 1 : 0;
        }
        assertTrue(heldOut > 0 && heldOut < 10, heldOut + " of 10 rows were held out");
    }

    @Test
    void resume_ofAFinishedRun_hasNothingToDo_butRemovesWhatIsLeft() throws IOException {
        String data = CommandLineRun.writeMrpc(folder.resolve("data"), 16, 8).toString();
        Path run = folder.resolve("run");
        succeed(
                "finetune --model {} --task mrpc --data {} --methods frozen --epochs 1 --quiet --out {}",
                MODEL,
                data,
                run);
        assertFalse(Files.exists(run.resolve("checkpoints")));
        assertFalse(Files.exists(run.resolve(RunLock.MARK)));
        Files.createDirectories(run.resolve("checkpoints/frozen-1"));
        Files.writeString(run.resolve("checkpoints/frozen-1/step-0000000002.safetensors"), "");
        String out = succeed("finetune --resume {}", run).out();
        assertTrue(out.startsWith("nothing to resume, the run has finished: "), out);
        assertFalse(Files.exists(run.resolve("checkpoints")));
    }
}
