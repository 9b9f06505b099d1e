package org.lsradapt.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.lsradapt.objectives.language.GenerationLimits;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.GeneratedText;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.TextGenerator;

/**
 * A LangChain4j chat model that runs an adapted language model in this process, with answers whole or as a stream.
 *
 * <pre>{@code
 * AdaptedChatModel model = AdaptedChatModel.of(TextGenerator.load(folder));
 * Assistant assistant = AiServices.builder(Assistant.class).chatModel(model).streamingChatModel(model).build();
 * }</pre>
 *
 * <p>The model's own chat template turns the messages into text. A request may set {@code maxOutputTokens} (128 by
 * default), {@code temperature}, {@code topP}, {@code topK} and {@code stopSequences}; without temperature, topP and topK
 * the most probable token is always chosen, and topP or topK alone mean temperature 1. An
 * {@link dev.langchain4j.exception.UnsupportedFeatureException} refuses everything else: penalties, tools, JSON, other
 * models' names, and messages that are more than text. An answer that the limit of tokens or the model's positions cut has
 * the finish reason LENGTH.
 *
 * <p>A stream's pieces are whole characters. Its calls return at once, and an executor's thread computes the answer and
 * calls the handler. If the handler throws, the computation ends, and {@code onError} receives the exception. After
 * {@code StreamingHandle.cancel} the computation ends and the handler is not called again. A request that is refused
 * throws in the caller's thread.
 *
 * <p>Immutable, and safe for use by many threads; the answers of several are computed together. Owns nothing: the creator of the
 * generator closes it.
 */
public final class AdaptedChatModel implements ChatModel, StreamingChatModel {
    private static final Executor STREAMS = streams();

    private final TextGenerator generator;
    private final ChatRequestParameters defaults;
    private final List<ChatModelListener> listeners;
    private final OptionalLong seed;
    private final Executor executor;

    private AdaptedChatModel(Builder builder) {
        generator = builder.generator;
        defaults = ChatRequestParameters.builder()
                .modelName(name(generator))
                .maxOutputTokens(Generation.defaults().maxTokens())
                .build()
                .overrideWith(builder.defaults);
        listeners = builder.listeners;
        seed = builder.seed;
        executor = builder.executor;
        Requests.generation(defaults, name(generator), 0);
    }

    /** Uses a trained or loaded generator, kept, with the default settings. */
    public static AdaptedChatModel of(TextGenerator generator) {
        return builder(generator).build();
    }

    /** Begins the setup of a model of a generator, kept. */
    public static Builder builder(TextGenerator generator) {
        return new Builder(generator);
    }

    private static String name(TextGenerator generator) {
        return generator.base().name() + (generator.adapters().isPresent() ? "/adapted" : "");
    }

    private static Executor streams() {
        int texts = GenerationLimits.standard().texts();
        ThreadPoolExecutor threads =
                new ThreadPoolExecutor(texts, texts, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "lsr-adapt-chat");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        return prepared(request).answer(piece -> {});
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        Prepared prepared = prepared(request);
        executor.execute(() -> new StreamedAnswer(handler).pass(prepared::answer));
    }

    private Prepared prepared(ChatRequest request) {
        long used = seed.orElseGet(ThreadLocalRandom.current()::nextLong);
        Generation generation = Requests.generation(request.parameters(), name(generator), used);
        return new Prepared(generator, Requests.messages(request.messages()), generation);
    }

    /** Returns what a request has that does not set it; {@code modelName} is the name that answers have. */
    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return defaults;
    }

    @Override
    public List<ChatModelListener> listeners() {
        return listeners;
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of();
    }

    /** A request that the generator can answer. */
    private record Prepared(TextGenerator generator, List<ChatMessage> messages, Generation generation) {

        ChatResponse answer(Consumer<String> pieces) {
            GeneratedText answer = generator.respond(messages, generation, pieces);
            return ChatResponse.builder()
                    .aiMessage(AiMessage.from(answer.text()))
                    .modelName(name(generator))
                    .tokenUsage(new TokenUsage(answer.promptTokens(), answer.tokens()))
                    .finishReason(answer.ended() ? FinishReason.STOP : FinishReason.LENGTH)
                    .build();
        }
    }

    /** Sets up a chat model. For one thread at a time. */
    public static final class Builder {
        private final TextGenerator generator;
        private ChatRequestParameters defaults = ChatRequestParameters.builder().build();
        private List<ChatModelListener> listeners = List.of();
        private OptionalLong seed = OptionalLong.empty();
        private Executor executor = STREAMS;

        private Builder(TextGenerator generator) {
            this.generator = generator;
        }

        /** Sets parameters for requests that do not set them. */
        public Builder defaultRequestParameters(ChatRequestParameters parameters) {
            defaults = parameters;
            return this;
        }

        /** Sets the listeners that observe requests, answers and errors; copied. */
        public Builder listeners(List<ChatModelListener> observers) {
            listeners = List.copyOf(observers);
            return this;
        }

        /** Sets the seed with which every request is sampled; by default each request has a random one. */
        public Builder seed(long fixed) {
            seed = OptionalLong.of(fixed);
            return this;
        }

        /**
         * Sets what runs the answers that are streamed, each in one task. By default as many daemon threads as
         * {@link GenerationLimits} has texts run the streams of all models, and further requests wait.
         */
        public Builder executor(Executor runner) {
            executor = runner;
            return this;
        }

        /**
         * Makes the model.
         *
         * @throws dev.langchain4j.exception.UnsupportedFeatureException if a default parameter is not supported
         * @throws IllegalArgumentException if a default parameter is out of range
         */
        public AdaptedChatModel build() {
            return new AdaptedChatModel(this);
        }
    }
}
