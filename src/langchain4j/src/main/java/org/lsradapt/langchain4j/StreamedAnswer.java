package org.lsradapt.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes one answer on to a handler, piece by piece, until the handler throws or cancels. */
final class StreamedAnswer implements StreamingHandle {
    private static final Logger LOG = LoggerFactory.getLogger(StreamedAnswer.class);

    private final StreamingChatResponseHandler handler;
    private final PartialResponseContext context = new PartialResponseContext(this);
    private volatile boolean cancelled;

    StreamedAnswer(StreamingChatResponseHandler handler) {
        this.handler = handler;
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    /** Computes the answer and passes it on; throws nothing. The function ends if the consumer of its pieces throws. */
    void pass(Function<Consumer<String>, ChatResponse> answer) {
        try {
            ChatResponse response = answer.apply(this::pass);
            requireNotCancelled();
            handler.onCompleteResponse(response);
        } catch (Throwable e) {
            fail(e);
        }
    }

    private void pass(String piece) {
        requireNotCancelled();
        handler.onPartialResponse(new PartialResponse(piece), context);
        requireNotCancelled();
    }

    private void requireNotCancelled() {
        if (cancelled) {
            throw new CancellationException("the answer was cancelled");
        }
    }

    private void fail(Throwable cause) {
        if (cancelled) {
            return;
        }
        try {
            handler.onError(cause);
        } catch (RuntimeException e) {
            LOG.warn("chat: the handler's onError threw while it received {}", cause.toString(), e);
        }
    }
}
