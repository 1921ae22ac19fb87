"""Detectors of one installation, fed in parts and disturbed after each: what the gates on Kafka
share."""
import pipeline

STEPS = 6


def disturb(step, pipe, kafka):
    """What happens after each part of the records, when there are three detectors: one is killed
    and comes back, one is added, the broker is bounced."""
    if step == 1:
        pipe.processes[1].kill()
    elif step == 2:
        pipe.processes[1].start()
    elif step == 3:
        pipe.start_detect("detect-3")
    elif step == 4:
        kafka.kill()
        kafka.up()


def feed(pipe, kafka, messages, after):
    """after(step): is called behind each of the parts, from 0."""
    part = len(messages) // STEPS + 1
    for step in range(STEPS):
        kafka.produce(pipe.topic("events"), messages[step * part:(step + 1) * part])
        after(step)


def start(pipe, count):
    pipe.create_topics()
    for number in range(count):
        pipe.start_detect(f"detect-{number}")


def finish(pipe, seconds):
    """All is evaluated, told and decided; then they stop in good order."""
    pipe.wait_evaluated(seconds)
    pipe.wait_told(seconds)
    pipe.wait_decided(seconds)
    for process in pipe.processes:
        process.stop()
