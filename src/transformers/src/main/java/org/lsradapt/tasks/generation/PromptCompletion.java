package org.lsradapt.tasks.generation;

import java.util.Optional;
import org.lsradapt.data.rules.TextProblem;

/**
 * A text for learning next-token prediction, with an optional prompt that is not learned. The two parts are joined unchanged: a space or
 * line end between them has to be part of one of them.
 *
 * @param prompt the given part, which is not learned; empty if all of the text is learned
 * @param completion the part to predict, token by token
 */
public record PromptCompletion(String prompt, String completion) implements TrainingText {

    /** Checks that the completion is not blank, and both parts are valid Unicode. */
    public PromptCompletion {
        TextProblem.refuse("prompt and completion", "prompt", TextProblem.ofUnicode(prompt));
        TextProblem.refuse("prompt and completion", "completion", TextProblem.ofText(completion));
    }

    /** Creates a plain text, all of which is learned. */
    public static PromptCompletion text(String text) {
        return new PromptCompletion("", text);
    }

    /**
     * Formats an instruction as a prompt; see {@link LanguageModelData#instructions}.
     *
     * @param input the input of the task, if any
     * @throws IllegalArgumentException if the instruction is blank, or a text is not valid Unicode
     */
    public static String instructionPrompt(String instruction, Optional<String> input) {
        TextProblem.refuse("prompt and completion", "instruction", TextProblem.ofText(instruction));
        TextProblem.refuse("prompt and completion", "input", input.flatMap(TextProblem::ofUnicode));
        return Instructions.prompt(instruction, input.orElse(""));
    }
}
