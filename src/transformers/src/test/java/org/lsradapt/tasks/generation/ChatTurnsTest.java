package org.lsradapt.tasks.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.models.BaseModel;

class ChatTurnsTest {
    private static final Conversation TALK = Conversation.of(
            ChatMessage.user("the sun"),
            ChatMessage.assistant("is warm"),
            ChatMessage.user("the rain"),
            ChatMessage.assistant("is cold"));

    @TempDir
    Path parent;

    private Path model(String template) throws IOException {
        Path folder = Files.createDirectory(parent.resolve("model"));
        try (Stream<Path> files = Files.list(Path.of(Samples.model("llama")))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Files.writeString(folder.resolve("chat_template.jinja"), template);
        return folder;
    }

    @Test
    void of_earlierAnswersShown_eachAnswerIsLearnedBehindWhatTheModelReads() throws IOException {
        String template = "{% for m in messages %}{{ m.role }}: {{ 'done' if m.role == 'assistant' and not loop.last"
                + " else m.content }};{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";
        try (BaseModel base = BaseModel.load(model(template).toString())) {
            assertEquals(
                    List.of(
                            new PromptCompletion("user: the sun;assistant: ", "is warm;"),
                            new PromptCompletion(
                                    "user: the sun;assistant: done;user: the rain;assistant: ", "is cold;")),
                    ChatTurns.of(base.chatTemplate(), TALK.messages()));
        }
    }

    @Test
    void of_answersElsewhere_areRefused() throws IOException {
        String template = "{% for m in messages %}{{ m.content }};{% endfor %}"
                + "{% if add_generation_prompt %}answer: {% endif %}";
        try (BaseModel base = BaseModel.load(model(template).toString())) {
            assertTrue(assertThrows(
                            IllegalArgumentException.class, () -> ChatTurns.of(base.chatTemplate(), TALK.messages()))
                    .getMessage()
                    .startsWith("chat template: the text of 2 messages does not begin with that of the first 1"));
        }
    }

    @Test
    void chatTemplate_none_isRefused() throws IOException {
        try (BaseModel base = BaseModel.load(Samples.model("llama"))) {
            assertTrue(assertThrows(IllegalArgumentException.class, base::chatTemplate)
                    .getMessage()
                    .contains(" has no chat template, expected one in chat_template.jinja"));
        }
    }

    @Test
    void respond_saysHowTheAnswerEnded() throws Exception {
        List<ChatMessage> question = List.of(ChatMessage.user("the sun"));
        try (BaseModel base = BaseModel.load(model("{% for m in messages %}{{ m.content }}{% endfor %}")
                        .toString());
                TextGenerator generator = TextGenerator.of(base)) {
            Generation ten = Generation.defaults().withMaxTokens(10);
            GeneratedText cut = generator.respond(question, ten, piece -> {});
            int prompt = base.tokenizer().ids("the sun").length;
            assertEquals(new GeneratedText(generator.answer(question, ten, piece -> {}), prompt, 10, false), cut);

            String stop = cut.text().substring(cut.text().length() / 2);
            GeneratedText stopped = generator.respond(question, ten.withStops(stop), piece -> {});
            assertTrue(stopped.ended() && stopped.tokens() <= 10, stopped.toString());

            Generation beyond = Generation.defaults().withMaxTokens(1000);
            GeneratedText full = generator.respond(question, beyond, piece -> {});
            assertTrue(full.ended() || full.tokens() == base.model().maxTokens() - prompt, full.toString());

            List<String> pieces = new ArrayList<>();
            IllegalStateException thrown = new IllegalStateException("enough");
            assertSame(
                    thrown,
                    assertThrows(
                            IllegalStateException.class,
                            () -> generator.respond(question, ten, piece -> {
                                pieces.add(piece);
                                throw thrown;
                            })));
            assertEquals(1, pieces.size());
        }
    }

    @Test
    void train_conversations_saveLoadAnswer() throws Exception {
        String template = "{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}"
                + "{% if add_generation_prompt %}assistant {% endif %}";
        List<Conversation> talks = Collections.nCopies(8, TALK);
        Path saved = parent.resolve("adapter");
        List<ChatMessage> question = List.of(ChatMessage.user("the sun"));
        String answer;
        try (TextGenerator generator = TextGenerator.on(model(template).toString())
                .targets(LayerSelector.allLinear())
                .config(Samples.quick().epochs(10).batchSize(4).build())
                .train(LanguageModelData.of(talks).dev(talks.subList(0, 1)).read())) {
            assertEquals(2, generator.sequences(talks.subList(0, 1), 64).size());
            try (TextGenerator plain = TextGenerator.of(generator.base())) {
                assertTrue(generator.perplexity(talks.subList(0, 1)) < plain.perplexity(talks.subList(0, 1)) / 2);
            }
            answer = generator.answer(question);
            assertFalse(answer.isBlank());
            generator.save(saved);
        }
        try (TextGenerator loaded = TextGenerator.load(saved)) {
            assertEquals(answer, loaded.answer(question));
            assertEquals(
                    answer,
                    loaded.respond(question, Generation.defaults(), piece -> {}).text());
        }
    }
}
