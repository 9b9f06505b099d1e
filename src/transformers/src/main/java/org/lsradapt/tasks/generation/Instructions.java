package org.lsradapt.tasks.generation;

import java.io.IOException;
import java.util.List;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/** Reads the rows of a file as prompts and completions, or as instructions, inputs and outputs. */
final class Instructions {

    static final List<String> COLUMNS =
            List.of("prompt and completion", "or instruction, output and perhaps input", "or messages");

    private static final String INSTRUCTION = "### Instruction:\n";
    private static final String INPUT = "\n\n### Input:\n";
    private static final String RESPONSE = "\n\n### Response:\n";

    private Instructions() {}

    static TrainingText read(DataRow row) throws IOException {
        boolean prompt = row.has("prompt") || row.has("completion");
        boolean instruction = row.has("instruction") || row.has("output");
        boolean messages = row.has("messages");
        if (messages && !prompt && !instruction) {
            return ChatRows.conversation(row);
        }
        if (prompt == instruction || messages) {
            throw row.failure("found " + Quoted.shortened(String.join(", ", row.columns())) + ", expected "
                    + String.join(", ", COLUMNS));
        }
        if (instruction) {
            return new PromptCompletion(prompt(row), row.filled("output"));
        }
        String given = row.text("prompt");
        row.refuse("prompt", TextProblem.ofUnicode(given));
        return new PromptCompletion(given, row.filled("completion"));
    }

    private static String prompt(DataRow row) throws IOException {
        String input = row.has("input") ? row.text("input") : "";
        row.refuse("input", TextProblem.ofUnicode(input));
        return prompt(row.filled("instruction"), input);
    }

    /** Builds the prompt of an instruction; a blank input is left out. */
    static String prompt(String instruction, String input) {
        return INSTRUCTION + instruction + (input.isBlank() ? "" : INPUT + input) + RESPONSE;
    }
}
