package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The program makes only the command that is called, and that one as it is among all commands. */
class MainTest {
    @Test
    void command_madeAlone_isTheSame() {
        Map<String, CommandLine> all = Main.commands().getSubcommands();
        for (String name : Set.of("finetune", "predict", "store", "inspect")) {
            Map<String, CommandLine> alone = Main.commands(name, "--help").getSubcommands();
            assertEquals(Set.of(name), alone.keySet());
            assertEquals(all.get(name).getUsageMessage(), alone.get(name).getUsageMessage());
        }
    }

    @Test
    void commands_areAllMade_forCompletionAndWithoutACommand() {
        Set<String> all = Main.commands().getSubcommands().keySet();
        for (String first : Set.of("generate-completion", "--help", "predcit", "")) {
            assertEquals(all, Main.commands(first).getSubcommands().keySet());
        }
    }
}
