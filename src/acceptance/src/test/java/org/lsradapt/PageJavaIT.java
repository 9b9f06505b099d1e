package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** All Java of README and docs, also where no test compiles it whole. */
class PageJavaIT {

    private static List<PageBlock> blocks() throws IOException {
        List<PageBlock> blocks = new ArrayList<>(PageBlock.of(Path.of("README.md")));
        try (Stream<Path> all = Files.walk(Path.of("docs"))) {
            for (Path page :
                    all.filter(file -> file.toString().endsWith(".md")).sorted().toList()) {
                blocks.addAll(PageBlock.of(page));
            }
        }
        assertTrue(blocks.size() > 60, "blocks: " + blocks.size());
        return blocks;
    }

    /** A block that does not close what it opens shows less than its reader needs. */
    @Test
    void everyBlock_isWholeStatementsOrMembersOrAFile() throws Exception {
        assertEquals(
                "",
                blocks().stream()
                        .filter(block -> !block.problem().isEmpty())
                        .map(block -> block.page() + ": " + block.problem() + "\n" + block.java())
                        .collect(Collectors.joining("\n")));
    }

    @Test
    void unbalancedBlock_isFound() {
        assertEquals("", PageBlock.problem("class Block { void method() { int a = 1; } }"));
        assertTrue(PageBlock.problem("class Block { void method() {\ntry (A a = b()) {\n} }")
                .contains("reached end of file"));
    }

    @Test
    void unknownClass_isFound_andVariablesOfTheReaderAreNot() throws Exception {
        PageBlock block = new PageBlock(
                Path.of("page.md"),
                "",
                "import java.util.*;",
                "List<String> all = texts(first);\nLst<String> other = all.frst();");
        List<String> errors = PageBlock.errors(List.of(block), List.of());
        assertEquals(2, errors.size(), errors::toString);
        assertTrue(errors.get(0).startsWith("page.md: cannot find symbol symbol: class Lst"), errors::toString);
        assertTrue(errors.get(1).contains("symbol: method frst()"), errors::toString);
    }

    /** A class or method that only another artifact has does not compile for the reader who follows the page. */
    @Test
    void blocks_needNothingButTheArtifactsThatThePageNames() throws Exception {
        Map<String, List<PageBlock>> byArtifacts = blocks().stream()
                // The Java of that tutorial is a part of its example project.
                .filter(block -> !block.page().endsWith("two-stage-rag.md"))
                .collect(Collectors.groupingBy(
                        block -> PageArtifacts.named(block.text()).toString()));
        List<String> wrong = new ArrayList<>();
        for (List<PageBlock> blocks : byArtifacts.values()) {
            wrong.addAll(PageBlock.errors(
                    blocks, PageArtifacts.classPath(blocks.get(0).text())));
        }
        assertEquals("", String.join("\n", wrong));
    }
}
