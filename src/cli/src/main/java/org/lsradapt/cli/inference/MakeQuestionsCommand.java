package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OverwriteOption;
import org.lsradapt.cli.command.PathCheck;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.internal.Threads;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.queries.PassageQuestions;
import org.lsradapt.tasks.queries.QuestionPrompt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "make-questions",
        sortOptions = false,
        showDefaultValues = true,
        preprocessor = TaskOptionSpecs.OfSources.class,
        description = "Makes pairs of question and passage for training a search from passages alone. A causal language"
                + " model writes questions about each passage; those by which the embedding model does not find the"
                + " passage are left out. Writes JSON lines for mine-negatives and finetune --task pairs.")
public final class MakeQuestionsCommand extends ConsoleCommand {
    /** Passages that are asked about together. */
    private static final int TOGETHER = 16;

    /** More tokens than a chat template adds to a message. */
    private static final int TEMPLATE = 64;

    @Mixin
    private PassagesOptions passages = new PassagesOptions();

    @Option(
            names = "--generator",
            paramLabel = "MODEL",
            required = true,
            description = "The causal model that writes: a folder, a GGUF file, or an adapter saved by finetune.")
    @Names(Names.Use.INPUT)
    private Path generator;

    @Mixin
    private EmbedderOptions embedder = new EmbedderOptions();

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "The file to write, JSON lines.")
    @Names(Names.Use.NEW_FILE)
    private Path out;

    @Mixin
    private OverwriteOption unusedOverwrite = new OverwriteOption();

    @Option(
            names = "--written",
            paramLabel = "FILE",
            showDefaultValue = Visibility.NEVER,
            description =
                    "Keeps all questions as they are written, so that the same command continues after a stop, and"
                            + " another --among needs no new ones. Default: the name of --out with .written.")
    @Names(Names.Use.OWN)
    private Path written;

    @Option(names = "--per-passage", paramLabel = "N", description = "Questions to ask for, and to keep, per passage.")
    private int perPassage = PassageQuestions.PER_PASSAGE;

    @Option(
            names = "--among",
            paramLabel = "RANK",
            description = "Keep a question if its passage is among this many first ones that it finds.")
    private int among = PassageQuestions.AMONG;

    @Option(
            names = "--limit",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "Write questions about N of the passages, drawn with --seed. All are searched. Default: all.")
    private Integer limit;

    @Option(
            names = "--prompt",
            paramLabel = "FILE",
            showDefaultValue = Visibility.NEVER,
            description = "A text file with the request to the model, in which {passage} stands for the passage and"
                    + " {count} for --per-passage. Default: an English one.")
    @Names(Names.Use.INPUT)
    private Path prompt;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Maximum number of tokens per passage.")
    private int maxTokens = Generation.defaults().maxTokens();

    @Option(names = "--temperature", paramLabel = "T", description = "As for generate.")
    private double temperature = 0.7;

    @Option(names = "--top-p", paramLabel = "P", description = "As for generate.")
    private double topP = 0.95;

    @Option(names = "--seed", paramLabel = "SEED", description = "Random seed.")
    private long seed = 1;

    @Override
    protected List<PathCheck.Named> derivedOutputs() {
        return written == null && out != null
                ? List.of(new PathCheck.Named("the written questions", written(), Names.Use.OWN))
                : List.of();
    }

    private Path written() {
        return written == null ? Path.of(out + ".written") : written;
    }

    @Override
    protected void execute() throws IOException {
        BadInput.throwIf(limit != null && limit < 1, "--limit " + limit + ": expected 1 or more");
        embedder.check();
        QuestionPrompt request = prompt == null
                ? QuestionPrompt.usual(perPassage)
                : new QuestionPrompt(Files.readString(prompt), perPassage);
        generation("");
        List<String> all = passages.read(TaskOptionSpecs.given(spec(), "make-questions")).stream()
                .distinct()
                .toList();
        Map<String, List<String>> questions = write(drawn(all), request);
        PassageQuestions.Made made;
        try (EmbedderOptions.Loaded loaded = embedder.load(console())) {
            made = PassageQuestions.by(passage -> List.of())
                    .perPassage(perPassage)
                    .among(among)
                    .filter(questions, all, embedder.encoder(loaded, console()));
        }
        BadInput.throwIf(made.pairs().isEmpty(), made.summary() + "; expected one pair at least, see " + written());
        made.write(out);
        print("%,d of %,d passages: %s", questions.size(), all.size(), made.summary());
        out().println("pairs: " + out);
    }

    private List<String> drawn(List<String> all) {
        if (limit == null || limit >= all.size()) {
            return all;
        }
        List<String> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, SplitMix64.random(seed));
        return shuffled.subList(0, limit);
    }

    /** Asks for the questions that are not written yet, each passage with a seed of its own. */
    private Map<String, List<String>> write(List<String> some, QuestionPrompt request) throws IOException {
        WrittenQuestions known = new WrittenQuestions(written(), settings(request));
        List<String> open = some.stream().filter(one -> known.of(one).isEmpty()).toList();
        if (!open.isEmpty()) {
            try (DeviceOption.Opened where = embedder.device().open(console().err()::println);
                    FineTunedModel loaded = FineTunedModel.load(generator)) {
                loaded.passes(where.passes());
                TextGenerator model = LoadedModel.require(
                        loaded,
                        TextGenerator.class,
                        "--generator " + generator + ": predicts no tokens, expected a causal language model");
                write(open, request, model, known);
            }
        }
        Map<String, List<String>> questions = new LinkedHashMap<>();
        some.forEach(passage -> questions.put(passage, known.of(passage).orElseThrow()));
        return questions;
    }

    private void write(List<String> open, QuestionPrompt request, TextGenerator model, WrittenQuestions known)
            throws IOException {
        boolean chats = chats(model);
        int positions = model.base().model().maxTokens();
        int room = positions - maxTokens - (chats ? TEMPLATE : 0);
        Predicate<String> fits = passage -> model.base().tokenizer().ids(request.about(passage)).length <= room;
        Function<String, List<String>> ask = passage -> fits.test(passage)
                ? request.asking(text -> answer(model, chats, text, generation(passage)))
                        .apply(passage)
                : List.of();
        for (int from = 0; from < open.size(); from += TOGETHER) {
            List<String> some = open.subList(from, Math.min(open.size(), from + TOGETHER));
            List<List<String>> questions = Threads.map(some, TOGETHER, ask, () -> {});
            for (int i = 0; i < some.size(); i++) {
                known.add(some.get(i), questions.get(i));
                say(from + i + 1, open.size());
            }
        }
        long tooLong = open.stream().filter(fits.negate()).count();
        if (tooLong > 0) {
            console()
                    .err()
                    .println(String.format(
                            Locale.ROOT,
                            "without questions, as request, passage and --max-tokens take more than the generator's %,d"
                                    + " positions: %,d of %,d passages",
                            positions,
                            tooLong,
                            open.size()));
        }
    }

    private void say(int done, int all) {
        if (done == all || done * 20 / all > (done - 1) * 20 / all) {
            console().err().println("questions about " + done + " of " + all + " passages");
        }
    }

    private Map<String, Object> settings(QuestionPrompt request) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("generator", generator.toString());
        settings.put("prompt", request.template());
        settings.put("per_passage", perPassage);
        settings.put("max_tokens", maxTokens);
        settings.put("temperature", temperature);
        settings.put("top_p", topP);
        settings.put("seed", seed);
        return settings;
    }

    private Generation generation(String passage) {
        long own = SplitMix64.output(seed, passage.hashCode());
        return new Generation(maxTokens, new Sampling(temperature, topP, own), List.of());
    }

    private static boolean chats(TextGenerator model) {
        try {
            model.base().chatTemplate();
            return true;
        } catch (IllegalArgumentException e) {
            return false; // a base model, which continues the request
        }
    }

    private static String answer(TextGenerator model, boolean chats, String request, Generation generation) {
        return chats
                ? model.answer(List.of(ChatMessage.user(request)), generation, piece -> {})
                : model.generate(request + "\n\n", generation);
    }
}
