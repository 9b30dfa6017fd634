using System.Reflection;
using System.Text.RegularExpressions;
using Posthorn.Contracts;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal;

/// <summary><c>docs/conformance.md</c> says which test holds which promise; here is proven that it says so of all and that the tests are there and run.</summary>
public sealed partial class ConformanceTests
{
    private static readonly string[] Engines = ["Reference", "Memory", "Cold", "Disk", "Restarting"];

    /// <summary>Only the journal has these.</summary>
    private static readonly string[] JournalOnly = [nameof(MetricsContract)];

    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "conformance.md"));

    [Fact]
    public void Each_behaviour_of_James_stands_in_the_page_once()
    {
        var names = JamesNames.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        names.Distinct(StringComparer.Ordinal).Count().ShouldBe(106);
        var rows = Rows().Where(row => row.Promise.StartsWith('`')).Select(row => row.Promise.Trim('`')).ToList();
        rows.Order(StringComparer.Ordinal).ShouldBe(names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_test_that_the_page_names_is_there()
    {
        var tests = Rows().Select(row => row.Test).ToList();
        tests.Count.ShouldBeGreaterThan(180);
        tests.Where(test => Method(test) is not { } method || !method.GetCustomAttributes<FactAttribute>().Any()).ShouldBeEmpty();
    }

    [Fact]
    public void Each_contract_runs_on_every_engine()
    {
        var missing = typeof(EngineContract).Assembly.GetTypes()
            .Where(type => type.IsAbstract && type.IsSubclassOf(typeof(EngineContract)))
            .SelectMany(contract => Engines.Select(engine => (Contract: contract, Engine: engine)))
            .Where(pair => !JournalOnly.Contains(pair.Contract.Name) || pair.Engine is "Memory" or "Cold")
            .Where(pair => typeof(ConformanceTests).Assembly.GetType($"{typeof(ConformanceTests).Namespace}.{pair.Engine}{pair.Contract.Name.Replace("Contract", "Tests", StringComparison.Ordinal)}") is not { IsAbstract: false } tests || tests.BaseType != pair.Contract)
            .Select(pair => $"{pair.Engine}: {pair.Contract.Name}");
        missing.ShouldBeEmpty();
    }

    private static MethodInfo? Method(string test)
    {
        var (type, method) = test.Split('.') is [var t, var m] ? (t, m) : ("", "");
        return new[] { typeof(EngineContract), typeof(ConformanceTests) }
            .Select(known => known.Assembly.GetType($"{known.Namespace}.{type}")?.GetMethod(method, BindingFlags.Public | BindingFlags.Instance))
            .FirstOrDefault(found => found is not null);
    }

    /// <summary>The lines of the tables whose last column is a test.</summary>
    private static IEnumerable<(string Promise, string Test)> Rows() =>
        Row().Matches(Page).Select(match => (match.Groups["promise"].Value, match.Groups["test"].Value));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Posthorn.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"No Posthorn.slnx above {AppContext.BaseDirectory}.");
        return folder;
    }

    [GeneratedRegex(@"^\| (?<promise>.+?) \| `(?<test>\w+\.\w+)` \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 5_000)]
    private static partial Regex Row();

    private const string JamesNames = """
        queueShouldPreserveDsnParameters
        queueShouldSupportBigMail
        queueShouldPreserveMailRecipients
        queueShouldHandleSender
        enQueueShouldAcceptMailWithDuplicatedNames
        queueShouldHandleNoSender
        queueShouldPreserveMailSender
        queueShouldPreserveMimeMessage
        queueShouldPreserveMailAttribute
        queueShouldPreserveErrorMessage
        queueShouldPreserveState
        queueShouldPreserveRemoteAddress
        queueShouldPreserveRemoteHost
        queueShouldPreserveLastUpdated
        queueShouldPreserveName
        queueShouldPreservePerRecipientHeaders
        queueShouldPreserveMultiplePerRecipientHeaders
        dequeueShouldBeFifo
        dequeueCanBeChainedBeforeAck
        dequeueCouldBeInterleavingWithOutOfOrderAck
        dequeueShouldAllowRetrieveFailItems
        dequeueShouldAllowRetrieveFailItemsNackOutOfOrder
        dequeueShouldNotReturnInProcessingEmails
        deQueueShouldBlockWhenNoMail
        deQueueShouldWaitForAMailToBeEnqueued
        concurrentEnqueueDequeueShouldNotFail
        concurrentEnqueueDequeueWithAckNackShouldNotFail
        dequeueShouldBeConcurrent
        getSizeShouldReturnZeroWhenNoMessage
        getSizeShouldReturnMessageCount
        getSizeShouldReturnMessageCountWhenSeveralMails
        dequeueShouldDecreaseQueueSize
        noAckShouldNotDecreaseSize
        processedMailsShouldNotDecreaseSize
        browseShouldReturnEmptyByDefault
        browseShouldReturnSingleElement
        browseShouldReturnEmptyWhenSingleDequeueMessage
        browseShouldReturnElementsInOrder
        browseShouldReturnMailsWithMimeMessage
        browseShouldReturnMailsWithAttributes
        dequeueShouldReturnDecoratedMailItem
        browsingShouldNotAffectDequeue
        dequeueShouldNotFailWhenBrowsing
        enqueueShouldNotFailWhenBrowsing
        dequeueShouldNotFailWhenBrowsingIterating
        enqueueShouldNotFailWhenBrowsingIterating
        clearShouldNotFailWhenBrowsingIterating
        flushShouldNotFailWhenBrowsingIterating
        removeShouldNotFailWhenBrowsingIterating
        browseShouldNotFailWhenConcurrentDequeue
        browseShouldNotFailWhenConcurrentDequeueWhenIterating
        browseShouldNotFailWhenConcurrentEnqueue
        browseShouldNotFailWhenConcurrentEnqueueWhenIterating
        browseShouldNotFailWhenConcurrentClearWhenIterating
        browseShouldNotFailWhenConcurrentFlushWhenIterating
        browseShouldNotFailWhenConcurrentRemoveWhenIterating
        removeByNameShouldRemoveSpecificEmail
        removeBySenderShouldRemoveSpecificEmail
        removeByRecipientShouldRemoveSpecificEmail
        removeByRecipientShouldRemoveSpecificEmailWhenMultipleRecipients
        removeByNameShouldNotFailWhenQueueIsEmpty
        removeBySenderShouldNotFailWhenQueueIsEmpty
        removeByRecipientShouldNotFailWhenQueueIsEmpty
        clearShouldNotFailWhenQueueIsEmpty
        flushShouldNotFailWhenQueueIsEmpty
        clearShouldRemoveAllElements
        deletedElementsShouldNotBeDequeued
        removeShouldNotDeleteFutureEmails
        removeShouldNotDeleteFutureEmailsFromBrowse
        enqueueShouldDelayMailsWhenSpecified
        enqueueWithNegativeDelayShouldNotDelayDelivery
        enqueueWithReasonablyLongDelayShouldDelayMail
        enqueueWithVeryLongDelayShouldDelayMail
        delayedMailCanBeRetrievedFromTheQueue
        delayShouldAtLeastBeTheOneSpecified
        delayedMessagesShouldBeBrowesable
        delayedMessagesShouldBeCleared
        delayedEmailsShouldBeDeleted
        deletedDelayedMessagesShouldNotBeBrowseable
        delayedEmailsShouldBeDeletedWhenMixedWithOtherEmails
        flushShouldRemoveDelaysWhenImmediateMessageFirst
        flushShouldRemoveDelays
        flushShouldPreserveBrowseOrder
        priorityShouldReorderMailsWhenDequeing
        negativePriorityShouldDefaultToMinimumPriority
        tooBigPriorityShouldDefaultToMaximalPriority
        invalidPriorityShouldDefaultToNormalPriority
        defaultPriorityShouldDefaultToNormalPriority
        priorityCanBeOmitted
        browseShouldBeOrderedByPriority
        delayedHighPriorityMailShouldBeDeQueuedBeforeLowPriorityNonDelayedMailAfterDelayExpiracy
        delayedHighPriorityMailShouldBeDeQueuedAfterNonDelayedMail
        constructorShouldRegisterGetQueueSizeGauge
        enqueueShouldIncreaseEnQueueMetric
        enqueueShouldNotTouchDequeueMetric
        dequeueShouldIncreaseDequeueMetric
        dequeueShouldNotTouchEnqueueMetric
        enqueueShouldPublishEnqueueTimeMetric
        getUsedMailQueuesShouldReturnWhenNoMailQueue
        getUsedMailQueuesShouldReturnPreviouslyCreatedMailQueues
        getUsedMailQueuesShouldNotReturnDuplicate
        getMailQueueShouldReturnEmptyIfNotCreated
        getMailQueueShouldReturnMailQueueIfCreated
        getMailQueueShouldReturnEmptyIfQueueDoesNotExist
        getMailQueueShouldNotReturnTheSameQueueForTwoDifferentNames
        createMailQueueShouldNotConflictIfAlreadyExists
        """;
}
