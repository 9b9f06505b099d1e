package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the Java of docs/guides/rerank.md. */
class RerankPageIT {
    private static final List<String> THINGS =
            List.of("invoice", "password", "parcel", "holiday", "printer", "contract");

    private static final List<List<String>> FORMS = List.of(
            List.of("How do I cancel a %s?", "Call off the %s in writing, two days ahead."),
            List.of("Who signs off a %s?", "The head of the team approves each %s."),
            List.of("What does a %s cost?", "The price of the %s is on page two."),
            List.of("Where is the %s kept?", "We store the %s in the second drawer."));

    private static final String SOURCE = """
            import dev.langchain4j.data.message.UserMessage;
            import dev.langchain4j.rag.content.Content;
            import dev.langchain4j.rag.content.retriever.ContentRetriever;
            import dev.langchain4j.rag.query.Metadata;
            import java.io.File;
            import java.nio.file.*;
            import org.lsradapt.data.TextPair;

            public class Snippets {
                public static Object train(File file) throws Exception {
                    Path folder = file.toPath();
            %s
                    return Files.exists(folder.resolve("reranker"));
                }

                public static Object mine(File file) throws Exception {
                    RankingData data = RankingData.of(file.toPath().resolve("train.csv"))
                            .query("question").passage("passage").label("label").read();
                    List<TextPair> pairs = data.train().stream()
                            .map(query -> TextPair.of(query.query(), query.passages().get(query.grades().indexOf(1.0))))
                            .toList();
                    List<String> passages = Files.readAllLines(file.toPath().resolve("passages.txt"));
            %s
                    return HardNegatives.mine((TextEncoder) new Zeros(), pairs, passages, NegativeMining.builder().build())
                            .queries().size() == pairs.size();
                }

                static class Zeros implements TextEncoder {
                    public float[][] embed(List<String> texts) {
                        return new float[texts.size()][2];
                    }

                    public float[][] embedQueries(List<String> texts) {
                        return new float[texts.size()][2];
                    }
                }

                public static Object application(File file) throws Exception {
                    Path folder = file.toPath();
                    List<String> passages = Files.readAllLines(folder.resolve("passages.txt"));
                    String question = "Where is the parcel kept?";
                    ContentRetriever retriever = query -> passages.stream().map(Content::from).toList();
            %s
                    UserMessage asked = UserMessage.from(question);
                    List<Content> contents = augmentor
                            .augment(new AugmentationRequest(asked, Metadata.from(asked, "memory", List.of())))
                            .contents();
                    reranker.close();
                    return List.of(
                            best.stream().map(RankedPassage::text).toList(),
                            contents.stream().map(content -> content.textSegment().text()).toList());
                }
            }
            """;

    @Test
    void page_compiledAndRun_putsPassagesIntoOrder(@TempDir Path folder) throws Exception {
        String page = Files.readString(Path.of("docs/guides/rerank.md"));
        List<String> blocks = DocumentedJava.blocks(page);
        assertEquals(3, blocks.size());
        PageArtifacts.compile(folder, page, SOURCE.formatted(blocks.toArray()));
        Path work = Files.createDirectory(folder.resolve("work"));
        write(work);
        assertEquals(true, DocumentedJava.call(folder, "train", work.toFile()));
        assertEquals(true, DocumentedJava.call(folder, "mine", work.toFile()));
        List<?> ranked = (List<?>) DocumentedJava.call(folder, "application", work.toFile());
        assertEquals(3, ((List<?>) ranked.get(0)).size());
        assertEquals(ranked.get(0), ranked.get(1), "LangChain4j's order is the reranker's");
        assertTrue(((List<?>) ranked.get(0)).stream().distinct().count() == 3);
    }

    private static void write(Path folder) throws Exception {
        List<String> passages = new ArrayList<>();
        StringBuilder rows = new StringBuilder("question,passage,label\n");
        for (List<String> form : FORMS) {
            THINGS.forEach(thing -> passages.add(form.get(1).formatted(thing)));
        }
        Random random = new Random(1);
        for (List<String> form : FORMS) {
            for (String thing : THINGS) {
                String right = form.get(1).formatted(thing);
                List<String> shown = new ArrayList<>(passages);
                shown.remove(right);
                Collections.shuffle(shown, random);
                shown = new ArrayList<>(shown.subList(0, 4));
                shown.add(random.nextInt(5), right);
                for (String passage : shown) {
                    rows.append(form.get(0).formatted(thing))
                            .append(",\"")
                            .append(passage)
                            .append("\",")
                            .append(passage.equals(right) ? 1 : 0)
                            .append('\n');
                }
            }
        }
        Files.writeString(folder.resolve("train.csv"), rows);
        Files.write(folder.resolve("passages.txt"), passages);
    }
}
