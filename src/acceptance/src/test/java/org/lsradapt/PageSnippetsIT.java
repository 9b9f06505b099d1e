package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/serving.md and docs/guides/interop.md, on a small random encoder. */
class PageSnippetsIT {
    private static final String SOURCE = """
            import java.io.File;
            import org.lsradapt.families.Family;
            import org.lsradapt.lsr.AdapterSet;
            import org.lsradapt.lsr.backend.Backend;
            import org.lsradapt.objectives.heads.SequenceHead;
            import org.lsradapt.transformer.*;
            import org.lsradapt.transformer.inputs.TokenSequence;

            public class Snippets {
                static final Backend backend = TinyAdapter.BACKEND;
                static final String name = "tiny";
                static final String fingerprint = TinyAdapter.FINGERPRINT;

                public static Object serving(File file) throws Exception {
                    Path folder = file.toPath();
                    try (TinyAdapter tiny = TinyAdapter.lsr()) {
                        tiny.save(folder);
                        TransformerWeights encoder = tiny.encoder;
                        Family family = tiny.family;
                        AdapterSet adapters = tiny.adapters;
                        SequenceHead head = tiny.head;
                        List<TokenSequence> batch = tiny.sequences();
            %s
                        return batch.size();
                    }
                }

                public static Object interop(File file) throws Exception {
                    Path peftFolder = file.toPath().resolve("peft");
                    Path ourFolder = file.toPath().resolve("ours");
                    Path smallFolder = file.toPath().resolve("small");
                    try (TinyAdapter tiny = TinyAdapter.lsr()) {
                        TransformerWeights encoder = tiny.encoder;
                        Family family = tiny.family;
                        AdapterSet adapters = tiny.adapters;
                        SequenceHead head = tiny.head;
                        AdapterCard card = tiny.card;
            %s
                        Path loraFolder = file.toPath().resolve("lora");
            %s
                        try (SavedAdapter small = AdapterFolder.load(smallFolder)) {
                            return small.storage() + " " + small.configs().get(0).isLora();
                        }
                    }
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        String pages = Files.readString(Path.of("docs/guides/serving.md"))
                + Files.readString(Path.of("docs/guides/interop.md"));
        List<String> blocks = DocumentedJava.blocks(pages);
        assertEquals(3, blocks.size());
        PageArtifacts.compile(folder, pages, SOURCE.formatted(blocks.toArray()));
        Path work = Files.createDirectory(folder.resolve("work"));
        assertEquals(
                2, DocumentedJava.call(folder, "serving", work.resolve("saved").toFile()));
        assertEquals("INT8 true", DocumentedJava.call(folder, "interop", work.toFile()));
        assertTrue(Files.exists(work.resolve("peft").resolve("adapter_model.safetensors")));
        assertTrue(Files.exists(work.resolve("lora").resolve("adapter_model.safetensors")));
    }
}
