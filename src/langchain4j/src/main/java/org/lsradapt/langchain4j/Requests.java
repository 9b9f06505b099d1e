package org.lsradapt.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import java.util.List;
import java.util.stream.Collectors;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.GenerationRequest;
import org.lsradapt.tasks.generation.SettingException;

/** Translates LangChain4j's requests, and refuses what a generator cannot do. */
final class Requests {

    private Requests() {}

    static Generation generation(ChatRequestParameters parameters, String model, long seed) {
        try {
            return new GenerationRequest("chat", Generation.defaults())
                    .seed(seed)
                    .ofModel("modelName", parameters.modelName(), model)
                    .withoutPenalty("frequencyPenalty", parameters.frequencyPenalty())
                    .withoutPenalty("presencePenalty", parameters.presencePenalty())
                    .refuse(
                            "toolSpecifications",
                            !parameters.toolSpecifications().isEmpty() || parameters.toolChoice() != null,
                            "tools are not supported: found "
                                    + parameters.toolSpecifications().size() + " tool specifications and toolChoice "
                                    + parameters.toolChoice() + ", expected none")
                    .refuse(
                            "responseFormat",
                            parameters.responseFormat() != null
                                    && parameters.responseFormat().type() != ResponseFormatType.TEXT,
                            "responseFormat JSON is not supported, expected none or TEXT")
                    .maxTokens("maxOutputTokens", parameters.maxOutputTokens())
                    .temperature("temperature", parameters.temperature())
                    .topP("topP", parameters.topP())
                    .topK("topK", parameters.topK())
                    .stops("stopSequences", parameters.stopSequences())
                    .settings();
        } catch (SettingException e) {
            throw e.value().isPresent() ? e : new UnsupportedFeatureException(e.getMessage());
        }
    }

    private static void refuse(boolean unsupported, String message) {
        if (unsupported) {
            throw new UnsupportedFeatureException("chat: " + message);
        }
    }

    static List<ChatMessage> messages(List<dev.langchain4j.data.message.ChatMessage> messages) {
        return messages.stream().map(Requests::message).toList();
    }

    private static ChatMessage message(dev.langchain4j.data.message.ChatMessage message) {
        if (message instanceof SystemMessage system) {
            return ChatMessage.system(system.text());
        }
        if (message instanceof UserMessage user) {
            refuse(
                    user.name() != null,
                    "a user message has the name " + user.name() + ", expected none: chat templates read roles alone");
            return ChatMessage.user(text(user.contents()));
        }
        if (message instanceof AiMessage answer) {
            refuse(answer.hasToolExecutionRequests(), "an AI message requests tools, expected text alone");
            refuse(!answer.images().isEmpty(), "an AI message has images, expected text alone");
            return ChatMessage.assistant(answer.text() == null ? "" : answer.text());
        }
        throw new UnsupportedFeatureException("chat: found a message of type " + message.type()
                + ", expected SYSTEM, USER or AI; tools are not supported");
    }

    private static String text(List<Content> contents) {
        return contents.stream().map(Requests::text).collect(Collectors.joining("\n"));
    }

    private static String text(Content content) {
        refuse(
                !(content instanceof TextContent),
                "a user message has content of type " + content.type() + ", expected TEXT: the model reads text alone");
        return ((TextContent) content).text();
    }
}
