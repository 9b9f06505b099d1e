package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The shell script that starts the program asks Java for vector instructions where a command computes. */
class LauncherTest {
    private static final Path SCRIPT = Path.of("src/cli/src/main/launcher/lsr-adapt");
    private static final Set<String> WITHOUT_VECTORS =
            Set.of("tokenize", "inspect", "plan", "merge", "export", "import", "gpu-check", "generate-completion");

    @Test
    void everyCommand_isStartedWithVectorsOrKnownToNeedNone() throws Exception {
        Matcher list =
                Pattern.compile("case \\$\\{1:-finetune} in\\s+([^)]*)\\)").matcher(Files.readString(SCRIPT));
        list.find();
        Set<String> named = new TreeSet<>(Set.of(list.group(1).split("[\\s|\\\\]+")));
        named.addAll(WITHOUT_VECTORS);
        assertEquals(new TreeSet<>(Main.commands().getSubcommands().keySet()), named);
    }
}
