package org.lsradapt.springai;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.GeneratedText;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.GenerationRequest;
import org.lsradapt.tasks.generation.TextGenerator;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import org.springframework.ai.model.ModelOptionsUtils;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

/**
 * A prompt of Spring AI that a generator can answer.
 *
 * @param messages its messages, for the model's chat template
 * @param settings how the answer is generated
 */
record ChatRequest(Prompt prompt, List<ChatMessage> messages, Generation settings) {
    /** The packages of options that any model has; those of other models have settings that would be lost. */
    private static final Set<String> GENERAL =
            Set.of(ChatOptions.class.getPackageName(), ToolCallingChatOptions.class.getPackageName());

    /** Translates a prompt; refuses an option or a message that is not supported. */
    static ChatRequest of(Prompt prompt, ChatOptions defaults, String model, long seed) {
        ChatOptions used = options(prompt.getOptions(), defaults, model);
        return new ChatRequest(
                prompt.mutate().chatOptions(used).build(),
                prompt.getInstructions().stream().map(ChatRequest::message).toList(),
                generation(used, seed));
    }

    /** Returns the options of a model with the given defaults; refuses one that is not supported or out of range. */
    static ChatOptions defaults(ChatOptions given, String model) {
        ChatOptions usual = ChatOptions.builder()
                .maxTokens(Generation.defaults().maxTokens())
                .build();
        ChatOptions all = options(given, usual, model);
        generation(all, 0);
        return all;
    }

    GeneratedText answer(TextGenerator generator, Consumer<String> pieces) {
        return generator.respond(messages, settings, pieces);
    }

    /** Returns options whose unset values are those of the defaults; refuses an option that is not supported. */
    private static ChatOptions options(@Nullable ChatOptions given, ChatOptions defaults, String model) {
        if (given == null) {
            return defaults;
        }
        requireSupported(given, model);
        return ToolCallingChatOptions.builder()
                .model(model)
                .maxTokens(ModelOptionsUtils.mergeOption(given.getMaxTokens(), defaults.getMaxTokens()))
                .temperature(ModelOptionsUtils.mergeOption(given.getTemperature(), defaults.getTemperature()))
                .topP(ModelOptionsUtils.mergeOption(given.getTopP(), defaults.getTopP()))
                .topK(ModelOptionsUtils.mergeOption(given.getTopK(), defaults.getTopK()))
                .stopSequences(ModelOptionsUtils.mergeOption(given.getStopSequences(), defaults.getStopSequences()))
                .build();
    }

    private static void requireSupported(ChatOptions given, String model) {
        Require.argument(
                GENERAL.contains(given.getClass().getPackageName()),
                "chat options: found %s, expected those of ChatOptions.builder()",
                given.getClass().getName());
        int tools = given instanceof ToolCallingChatOptions calling && calling.getToolCallbacks() != null
                ? calling.getToolCallbacks().size()
                : 0;
        request()
                .ofModel("model", given.getModel(), model)
                .withoutPenalty("frequencyPenalty", given.getFrequencyPenalty())
                .withoutPenalty("presencePenalty", given.getPresencePenalty())
                .refuse(
                        "toolCallbacks",
                        tools > 0,
                        "found " + tools + " tools, which this model cannot call, expected none")
                .refuse(
                        "outputSchema",
                        given instanceof StructuredOutputChatOptions structured && structured.getOutputSchema() != null,
                        "found an output schema, which this model cannot be held to, expected none");
    }

    private static GenerationRequest request() {
        return new GenerationRequest("chat options", Generation.defaults());
    }

    private static Generation generation(ChatOptions options, long seed) {
        return request()
                .seed(seed)
                .maxTokens("maxTokens", options.getMaxTokens())
                .temperature("temperature", options.getTemperature())
                .topP("topP", options.getTopP())
                .topK("topK", options.getTopK())
                .stops("stopSequences", options.getStopSequences())
                .settings();
    }

    private static ChatMessage message(Message message) {
        MessageType type = message.getMessageType();
        boolean calls = type == MessageType.TOOL || (message instanceof AssistantMessage said && said.hasToolCalls());
        requireText(!calls, type, "tool calls or their results");
        requireText(
                !(message instanceof MediaContent content) || content.getMedia().isEmpty(), type, "media");
        return new ChatMessage(
                type.getValue(), Optional.ofNullable(message.getText()).orElse(""));
    }

    private static void requireText(boolean text, MessageType type, String found) {
        if (!text) {
            throw new IllegalArgumentException(
                    "chat message of type " + type.getValue() + ": has " + found + ", expected text alone");
        }
    }
}
