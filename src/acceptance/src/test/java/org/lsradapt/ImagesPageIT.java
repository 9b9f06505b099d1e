package org.lsradapt;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.SmallImages;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.tasks.images.CaptionData;
import org.lsradapt.tasks.images.LabelledImage;

/** Compiles and runs the Java of docs/guides/images.md on small random models, and reads its captions. */
class ImagesPageIT {
    private static final Path PAGE = Path.of("docs/guides/images.md");

    private static final String SOURCE = """
            import java.io.File;
            import java.nio.file.*;
            import org.lsradapt.finetuning.FineTunedModel;

            public class Snippets {
                public static Object zeroShot(File file) throws Exception {
            %s
                    return null;
                }

                public static Object clip(File file) throws Exception {
                    Path pictures = file.toPath().resolve("pictures");
                    Path folder = file.toPath().resolve("clip-adapter");
            %s
                    try (FineTunedModel loaded = FineTunedModel.load(folder)) {
                        return loaded.getClass().getSimpleName() + " " + loaded.adapters().orElseThrow().adapters().size();
                    }
                }

                public static Object classifier(File file) throws Exception {
                    Path pictures = file.toPath().resolve("pictures");
                    Path folder = file.toPath().resolve("vit-adapter");
            %s
                    return FineTunedModel.load(folder).getClass().getSimpleName();
                }
            }
            """;

    @Test
    void snippets_compiledAndRun_doWhatTheySay(@TempDir Path folder) throws Exception {
        Path work = Files.createDirectory(folder.resolve("work"));
        SmallImages.clip(work.resolve("CLIP"));
        SmallImages.model(work.resolve("VIT"));
        Path pictures = work.resolve("pictures");
        for (LabelledImage image : SmallImages.write(pictures, 20)) {
            // The page's are all PNG; what a file is its content says.
            String name = image.image().getFileName().toString();
            Files.move(image.image(), image.image().resolveSibling(name.replace(".jpg", ".png")), REPLACE_EXISTING);
        }
        Files.copy(pictures.resolve("right/3.png"), work.resolve("new.jpg"));
        String page = Files.readString(PAGE);
        List<String> blocks = DocumentedJava.blocks(page).stream()
                .map(block -> block.replaceAll("\"(CLIP|VIT|new\\.jpg)\"", "\"" + work + "/$1\""))
                .toList();
        assertEquals(3, blocks.size());
        PageArtifacts.compile(folder, page, SOURCE.formatted(blocks.get(1), blocks.get(2), blocks.get(0)));
        DocumentedJava.call(folder, "zeroShot", work.toFile());
        assertEquals("ImageTextEmbedder 6", DocumentedJava.call(folder, "clip", work.toFile()));
        assertEquals("ImageClassifier", DocumentedJava.call(folder, "classifier", work.toFile()));
    }

    @Test
    void captions_ofThePage_areRead(@TempDir Path folder) throws IOException {
        String lines = Files.readString(PAGE)
                .lines()
                .filter(line -> line.startsWith("    {\"image\""))
                .map(String::strip)
                .reduce("", (all, line) -> all + line + "\n");
        Path file = Files.writeString(folder.resolve("captions.jsonl"), lines);
        Files.createDirectory(folder.resolve("pictures"));
        Files.createFile(folder.resolve("pictures/1.jpg"));
        Files.createFile(folder.resolve("pictures/2.png"));
        PairData data = CaptionData.of(file).read();
        assertEquals(3, data.train().size() + data.evaluation().corpus().size());
    }
}
