package org.lsradapt.cli.inference;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.GeneratedText;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.PromptCompletion;
import org.lsradapt.tasks.generation.TextGenerator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "generate",
        sortOptions = false,
        showDefaultValues = true,
        description = "Continues a text with a causal language model such as LLaMA, with or without a saved "
                + "adapter. The output is streamed.")
public final class GenerateCommand extends ConsoleCommand {
    /** Prompts whose texts are printed when all of them are done. */
    private static final int TOGETHER = 64;

    @Option(names = "--adapter", paramLabel = "FOLDER", description = "Adapter saved by finetune, such as RUN/lsr-1.")
    @Names(Names.Use.INPUT)
    private Path adapter;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "With --adapter: the base model. Default: the one named in the adapter. Without"
                    + " --adapter: the folder or GGUF file of a causal model.")
    @Names(Names.Use.INPUT)
    private String model;

    @Mixin
    private BasePrecisionOption basePrecision;

    @Mixin
    private DeviceOption device;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "The text to continue.")
    private String prompt;

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            description =
                    "Texts to continue, UTF-8, one per line, instead of --prompt. They are generated together, which"
                            + " takes less time than one after the other. Prints a JSON line for each: prompt, text.")
    @Names(Names.Use.INPUT)
    private Path prompts;

    @Option(
            names = "--instruction",
            paramLabel = "TEXT",
            description = "An instruction, formatted as by finetune --task instructions; instead of --prompt.")
    private String instruction;

    @Option(names = "--input", paramLabel = "TEXT", description = "The instruction's input.")
    private String input;

    @Option(
            names = "--chat",
            paramLabel = "TEXT",
            description = "A user's message, formatted by the model's chat template; prints the answer.")
    private String chat;

    @Option(names = "--system", paramLabel = "TEXT", description = "With --chat: the system message.")
    private String system;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Maximum number of tokens.")
    private int maxTokens = Generation.defaults().maxTokens();

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "Divides the logits before softmax; 0 always takes the most probable token.")
    private double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Considers only the most probable tokens, until their probabilities add up to P.")
    private double topP = 1;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "P",
            showDefaultValue = Visibility.NEVER,
            description = "For tokens that the prompt or the text already contains: divides logits above 0 by P and"
                    + " multiplies those below; 1 for none. Default: repetition_penalty in the model's"
                    + " generation_config.json, else 1.")
    private Double repetitionPenalty;

    @Option(names = "--seed", paramLabel = "SEED", description = "Random seed, for temperatures above 0.")
    private long seed = 1;

    @Option(names = "--stop", paramLabel = "TEXT", description = "Ends the text where this string appears; repeatable.")
    private List<String> stops = List.of();

    @Option(names = "--base", description = "Generate without the adapter.")
    private boolean base;

    @Option(names = "--both", description = "Generate without the adapter, then with it, under headings.")
    private boolean both;

    @Override
    protected void execute() throws IOException {
        checkPrompt();
        Generation generation = new Generation(maxTokens, sampling(), stops);
        BadInput.throwIf(
                adapter == null && (base || both),
                "--base and --both omit an adapter, expected --adapter FOLDER as well");
        BadInput.throwIf(base && both, "--base and --both: expected one or the other");
        try (DeviceOption.Opened where = device.open(console().err()::println);
                FineTunedModel loaded = LoadedModel.load(adapter, model, basePrecision)) {
            loaded.passes(where.passes());
            TextGenerator adapted = LoadedModel.require(
                    loaded,
                    TextGenerator.class,
                    (adapter == null ? model : adapter.toString())
                            + ": predicts no tokens, expected a causal language model; see predict");
            if (base || both) {
                try (TextGenerator plain = TextGenerator.of(adapted.base())) {
                    plain.passes(where.passes());
                    write("base model", plain, generation);
                }
            }
            if (!base) {
                write("adapter " + adapter, adapted, generation);
            }
        }
    }

    private Sampling sampling() {
        Sampling sampling = new Sampling(temperature, topP, seed);
        return repetitionPenalty == null ? sampling : sampling.withRepetitionPenalty(repetitionPenalty);
    }

    private void checkPrompt() throws IOException {
        BadInput.throwIf(
                Stream.of(prompt, prompts, instruction, chat)
                                .filter(Objects::nonNull)
                                .count()
                        != 1,
                "expected one of --prompt TEXT, --prompts FILE, --instruction TEXT and --chat TEXT");
        BadInput.throwIf(prompts != null && both, "--prompts prints a JSON line for each text, expected no --both");
        if (prompts != null) {
            TextFile.require("--prompts", prompts);
        }
        BadInput.throwIf(system != null && chat == null, "--system: expected --chat TEXT as well");
        BadInput.throwIf(input != null && instruction == null, "--input: expected --instruction TEXT as well");
    }

    private String generate(TextGenerator generator, Generation generation, Consumer<String> pieces) {
        if (chat == null) {
            String text = prompt != null
                    ? prompt
                    : PromptCompletion.instructionPrompt(instruction, Optional.ofNullable(input));
            return generator.generate(text, generation, pieces);
        }
        ChatMessage question = ChatMessage.user(chat);
        return generator.answer(
                system == null ? List.of(question) : List.of(ChatMessage.system(system), question), generation, pieces);
    }

    private void writeAll(TextGenerator generator, Generation generation) throws IOException {
        try (InputStream in = Files.newInputStream(prompts)) {
            new TextLines(prompts.toString(), Optional.of(false)).forEach(in, lines -> {
                for (int from = 0; from < lines.size(); from += TOGETHER) {
                    List<String> some = lines.subList(from, Math.min(lines.size(), from + TOGETHER)).stream()
                            .map(Example::first)
                            .toList();
                    List<GeneratedText> texts = generator.completeAll(some, generation);
                    for (int i = 0; i < some.size(); i++) {
                        Map<String, String> line = new LinkedHashMap<>();
                        line.put("prompt", some.get(i));
                        line.put("text", texts.get(i).text());
                        out().println(JsonFile.line(line));
                    }
                }
                return true;
            });
        }
    }

    private void write(String heading, TextGenerator generator, Generation generation) throws IOException {
        if (prompts != null) {
            writeAll(generator, generation);
            return;
        }
        if (both) {
            out().println("--- " + heading);
        }
        String written = generate(generator, generation, piece -> {
            out().print(piece);
            out().flush();
        });
        if (!written.endsWith("\n")) {
            out().println();
        }
    }
}
