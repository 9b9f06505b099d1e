package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.succeed;

import org.junit.jupiter.api.Test;
import org.lsradapt.cli.command.TaskOptionSpecs;
import picocli.CommandLine;

/** When commands get the options of tasks. */
class TaskOptionSpecsTest {

    @Test
    void generateCompletion_knowsTheCommands() {
        String script = succeed("generate-completion").out();
        assertTrue(script.startsWith("#!"), script);
        assertTrue(script.contains("finetune") && script.contains("--base-precision"), script);
        assertTrue(script.contains("--dimension-weights"), "options of tasks");
    }

    @Test
    void optionsOfTasks_areAddedToTheCommandThatIsCalled() {
        CommandLine all = Main.commands();
        all.parseArgs("predict", "--text", "a");
        CommandLine predict = all.getSubcommands().get("predict");
        assertEquals(
                "a", TaskOptionSpecs.given(predict.getCommandSpec(), "x").text().get(0));
        assertNull(all.getSubcommands().get("finetune").getCommandSpec().findOption("--train"));
    }
}
