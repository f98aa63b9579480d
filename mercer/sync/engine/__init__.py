"""Who runs a job: `inline` here and now, `durable` a worker that may be killed and go on elsewhere."""
