package org.lsradapt.tasks;

import java.util.Optional;
import org.lsradapt.tasks.internal.TextProblem;

/**
 * A text to learn next-token prediction on, of which a first part may be given. The two are joined as they are: a
 * space or line end between them belongs to one of them.
 *
 * @param prompt what is given and not learned; empty where all of the text is to be learned
 * @param completion what is to be predicted, token by token
 */
public record PromptCompletion(String prompt, String completion) implements TrainingText {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the completion is blank or one of the two no valid Unicode
     */
    public PromptCompletion {
        TextProblem.refuse("prompt and completion", "prompt", TextProblem.ofUnicode(prompt));
        TextProblem.refuse("prompt and completion", "completion", TextProblem.ofText(completion));
    }

    /** A plain text, all of which is to be learned. */
    public static PromptCompletion text(String text) {
        return new PromptCompletion("", text);
    }

    /**
     * The prompt that instructions are put as; see {@link LanguageModelData#instructions}.
     *
     * @param instruction what is to be done
     * @param input what it is about, if anything
     * @throws IllegalArgumentException if the instruction is blank, or one of the two no valid Unicode
     */
    public static String instructionPrompt(String instruction, Optional<String> input) {
        TextProblem.refuse("prompt and completion", "instruction", TextProblem.ofText(instruction));
        TextProblem.refuse("prompt and completion", "input", input.flatMap(TextProblem::ofUnicode));
        return Instructions.prompt(instruction, input.orElse(""));
    }
}
