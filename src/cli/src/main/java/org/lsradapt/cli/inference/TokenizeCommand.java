package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.data.Example;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.report.internal.TextTable;
import org.lsradapt.transformer.inputs.Token;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "tokenize",
        sortOptions = false,
        description = "Prints the tokens of texts as the model reads them, including special tokens and "
                + "padding: for each token its id, its type and the range of characters. Texts come from "
                + "the arguments, a file, or standard input, one per line; separate the two texts of a pair "
                + "by a tab.")
public final class TokenizeCommand extends ConsoleCommand {
    @Option(
            names = "--adapter",
            paramLabel = "FOLDER",
            description = "Adapter saved by finetune, such as RUN/lsr-1: use its base model's tokenizer and its"
                    + " longest input.")
    @Names(Names.Use.INPUT)
    private Path adapter;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "A name, a folder or a GGUF file; lsr-adapt models lists them. With --adapter: the base model."
                            + " Default: the one named in the adapter.")
    @Names(Names.Use.INPUT)
    private String model;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description = "Longest input in tokens; longer ones are cut. Default: the adapter's; without --adapter"
                    + " texts are not cut.")
    private Integer maxLength;

    @Option(
            names = "--json",
            description = "Print a JSON line for each text, with fields as in transformers: tokens, input_ids,"
                    + " token_type_ids, special_tokens_mask and offset_mapping.")
    private boolean json;

    @Mixin
    private TextInput input = new TextInput();

    @Override
    protected void execute() throws IOException {
        input.check();
        BadInput.throwIf(maxLength != null && maxLength < 1, "--max-length " + maxLength + ": expected >= 1");
        if (adapter == null) {
            BadInput.throwIf(
                    model == null, "no tokenizer: expected --model MODEL, or --adapter FOLDER, as finetune saves it");
            tokenize(model, DualModel.isOne(model), Integer.MAX_VALUE);
            return;
        }
        AdapterCard card = AdapterOption.card(adapter);
        tokenize(model == null ? card.baseModel() : model, card.task().hasTowers(), card.maxLength());
    }

    private void tokenize(String name, boolean ofTwoTowers, int usualLength) throws IOException {
        if (ofTwoTowers) {
            try (DualModel base = DualModel.load(name)) {
                tokenize(
                        (first, second, length) -> second == null
                                ? base.tokens(first, length)
                                : base.tokenizer().tokens(first, second, length),
                        usualLength);
            }
        } else {
            try (PretrainedModel base = Models.load(name)) {
                tokenize(base.tokenizer()::tokens, usualLength);
            }
        }
    }

    @FunctionalInterface
    private interface Tokens {
        List<Token> of(String first, @Nullable String second, int maxLength);
    }

    private void tokenize(Tokens tokens, int usualLength) throws IOException {
        int length = maxLength == null ? usualLength : maxLength;
        input.forEach(console(), Optional.empty(), some -> {
            for (Example text : some) {
                print(text, tokens.of(text.first(), text.second(), length));
            }
            return !out().checkError();
        });
    }

    private void print(Example text, List<Token> tokens) throws IOException {
        if (json) {
            out().println(JsonFile.line(fields(text, tokens)));
            return;
        }
        TextTable table = new TextTable(1, List.of("token", "id", "type", "from", "to"));
        for (Token token : tokens) {
            table.add(List.of(
                    ControlCharacters.escaped(token.text()),
                    String.valueOf(token.id()),
                    String.valueOf(token.typeId()),
                    token.isAdded() ? "-" : String.valueOf(token.from()),
                    token.isAdded() ? "-" : String.valueOf(token.to())));
        }
        out().print(table.toText());
        out().println(tokens.size() + (tokens.size() == 1 ? " token" : " tokens"));
        out().println();
    }

    private static Map<String, Object> fields(Example text, List<Token> tokens) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", text.first());
        if (text.second() != null) {
            fields.put("second_text", text.second());
        }
        fields.put("tokens", tokens.stream().map(Token::text).toList());
        fields.put("input_ids", tokens.stream().map(Token::id).toList());
        fields.put("token_type_ids", tokens.stream().map(Token::typeId).toList());
        fields.put(
                "special_tokens_mask",
                tokens.stream().map(token -> token.isAdded() ? 1 : 0).toList());
        fields.put(
                "offset_mapping",
                tokens.stream().map(token -> List.of(token.from(), token.to())).toList());
        return fields;
    }
}
